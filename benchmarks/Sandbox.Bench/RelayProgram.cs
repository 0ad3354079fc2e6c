using System.Reflection;

namespace SecureAgent.Sandbox.Bench;

/// <summary>Guest's relay alone, in a process of its own: prints its port and serves until its input ends.</summary>
internal static class RelayProgram
{
    public static async Task<int> RunAsync(string socket)
    {
        var guest = Assembly.LoadFrom(AppContext.BaseDirectory.Replace("/Sandbox.Bench/", "/Guest/", StringComparison.Ordinal) + "SecureAgent.Guest.dll");
        var type = guest.GetType("SecureAgent.Guest.Relay.LoopbackRelay", throwOnError: true)!;
        var relay = Activator.CreateInstance(type, [0, socket, 512])!;
        type.GetMethod("Listen")!.Invoke(relay, null);
        Console.WriteLine(type.GetProperty("Port")!.GetValue(relay));
        _ = (Task)type.GetMethod("RunAsync")!.Invoke(relay, [CancellationToken.None])!;
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
