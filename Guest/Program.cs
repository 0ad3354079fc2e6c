using SecureAgent.Guest;
using SecureAgent.Guest.Exec;
using SecureAgent.Guest.Init;
using SecureAgent.Guest.Launch;
using SecureAgent.Guest.Network;

// Before the first socket: completions run on the thread that saw them, half the CPU of a relay hop.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

try
{
    return args switch
    {
        ["launch", .. var rest] => LaunchStage.Run(rest),
        ["netsetup", .. var rest] => NetSetupStage.Run(rest),
        ["init", .. var rest] => await InitStage.RunAsync(rest),
        ["exec", .. var rest] => ExecStage.Run(rest),
        _ => Usage(),
    };
}
catch (GuestException failure)
{
    await Console.Error.WriteLineAsync($"secure-agent guest: {(failure.Layer is { } layer ? LayerReport.Words(layer, failure.Message) : failure.Message)}");
    return ExitCodes.SandboxFailed;
}

static int Usage()
{
    Console.Error.WriteLine("usage: SecureAgent.Guest launch|netsetup|init|exec … (started by AgentRunner; see Guest/README.md)");
    return ExitCodes.SandboxFailed;
}
