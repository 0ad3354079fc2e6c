using SecureAgent.Contracts;
using SecureAgent.InferenceGateway;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.InferenceGateway, InferenceGatewayHosting.Create, args);
