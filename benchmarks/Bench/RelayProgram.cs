using System.Reflection;

namespace SecureAgent.Bench;

/// <summary>Guest's ports alone, in a process of their own: prints the port and serves until its input ends.</summary>
public static class RelayProgram
{
    public const string Command = "relay";

    /// <summary>As in Guest the gate is given the port, and no byte comes through here.</summary>
    public const string Given = "given";

    /// <summary>As in Guest, before the first socket of the process.</summary>
    public static void Prepare(string[] args) =>
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", args is [Command or Given, ..] ? "1" : null);

    public static async Task<int> RunAsync(string socket, bool given = false)
    {
        // artifacts/bin/NAME/CONFIGURATION/: the Guest of the same configuration, which cannot be referenced beside Contracts.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var guest = Assembly.LoadFrom(Path.Combine(own.Parent!.Parent!.FullName, "Guest", own.Name, "SecureAgent.Guest.dll"));
        var type = guest.GetType("SecureAgent.Guest.Relay.LoopbackRelay", throwOnError: true)!;
        var relay = Activator.CreateInstance(type, [0, socket, 512, given])!;
        type.GetMethod("Listen")!.Invoke(relay, null);
        if (given && (bool)type.GetMethod("HandOver")!.Invoke(relay, null)! is false)
        {
            throw new InvalidOperationException("the gate did not take the port");
        }

        if (!given)
        {
            _ = (Task)type.GetMethod("RunAsync")!.Invoke(relay, [CancellationToken.None])!;
        }

        Console.WriteLine(type.GetProperty("Port")!.GetValue(relay));
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
