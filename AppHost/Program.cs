using SecureAgent.AppHost.Commands;

return await HostCommand.RunAsync(args);
