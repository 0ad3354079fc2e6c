using SecureAgent.EgressProxy;
using SecureAgent.ServiceDefaults.Hosting;

return await EgressProxyHosting.Create(args).RunServiceAsync();
