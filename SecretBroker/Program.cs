using SecureAgent.SecretBroker;
using SecureAgent.ServiceDefaults.Hosting;

return await SecretBrokerHosting.Create(args).RunServiceAsync();
