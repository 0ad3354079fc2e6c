using SecureAgent.Console;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;

return await ServiceApp.RunAsync(ComponentNames.Console, ConsoleHosting.Create, args);
