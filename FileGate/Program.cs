using SecureAgent.FileGate;
using SecureAgent.ServiceDefaults.Hosting;

return await FileGateHosting.Create(args).RunServiceAsync();
