using SecureAgent.Contracts;
using SecureAgent.SecretBroker;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.SecretBroker, SecretBrokerHosting.Create, args);
