using SecureAgent.AppHost.Commands;

return await HostCommand.Create().Parse(args).InvokeAsync();
