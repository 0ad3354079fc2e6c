using SecureAgent.AgentRunner;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.AgentRunner, AgentRunnerHosting.Create, args);
