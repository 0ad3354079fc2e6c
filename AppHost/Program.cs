using System.CommandLine;
using SecureAgent.AppHost.Commands;

// The host ends by its own signals: the library's would cut a slow stop off after two seconds and leave things behind.
return await HostCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
