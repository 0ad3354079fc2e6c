using SecureAgent.Sandbox.Bench;

// Before the first socket, as in Guest.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", args is ["relay", ..] ? "1" : null);

return args switch
{
    ["relay", var socket] => await RelayProgram.RunAsync(socket),
    _ => await SandboxBench.RunAsync(BenchOptions.Parse(args)),
};
