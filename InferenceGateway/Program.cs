using SecureAgent.InferenceGateway;
using SecureAgent.ServiceDefaults.Hosting;

return await InferenceGatewayHosting.Create(args).RunServiceAsync();
