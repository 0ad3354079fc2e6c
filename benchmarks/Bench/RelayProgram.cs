using System.Reflection;

namespace SecureAgent.Bench;

/// <summary>Guest's relay alone, in a process of its own: prints its port and serves until its input ends.</summary>
public static class RelayProgram
{
    public const string Command = "relay";

    /// <summary>As in Guest, before the first socket of the process.</summary>
    public static void Prepare(string[] args) =>
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", args is [Command, ..] ? "1" : null);

    public static async Task<int> RunAsync(string socket)
    {
        // artifacts/bin/NAME/CONFIGURATION/: the Guest of the same configuration, which cannot be referenced beside Contracts.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var guest = Assembly.LoadFrom(Path.Combine(own.Parent!.Parent!.FullName, "Guest", own.Name, "SecureAgent.Guest.dll"));
        var type = guest.GetType("SecureAgent.Guest.Relay.LoopbackRelay", throwOnError: true)!;
        var relay = Activator.CreateInstance(type, [0, socket, 512])!;
        type.GetMethod("Listen")!.Invoke(relay, null);
        Console.WriteLine(type.GetProperty("Port")!.GetValue(relay));
        _ = (Task)type.GetMethod("RunAsync")!.Invoke(relay, [CancellationToken.None])!;
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
