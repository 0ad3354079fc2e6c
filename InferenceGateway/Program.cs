using SecureAgent.Contracts;
using SecureAgent.InferenceGateway;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.InferenceGateway, own => InferenceGatewayHosting.Create(own), args);
