using SecureAgent.AgentRunner;
using SecureAgent.ServiceDefaults.Hosting;

return await AgentRunnerHosting.Create(args).RunServiceAsync();
