using SecureAgent.Contracts;
using SecureAgent.FileGate;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.FileGate, FileGateHosting.Create, args);
