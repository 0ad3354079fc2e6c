using SecureAgent.Contracts;
using SecureAgent.FileGate;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

// Half the processor time of a small read was threads handing it on.
PollingThread.CompleteSocketsThere();
return await ServiceApp.RunAsync(ComponentNames.FileGate, FileGateHosting.Create, args);
