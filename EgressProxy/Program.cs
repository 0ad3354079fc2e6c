using SecureAgent.Contracts;
using SecureAgent.EgressProxy;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.EgressProxy, own => EgressProxyHosting.Create(own), args);
