using System.Diagnostics;
using System.Globalization;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The gates listen on a sandbox's loopback themselves: no byte is carried to them from there.</summary>
public sealed class PortTests
{
    private const string Listening = "0A";

    [Theory]
    [InlineData("FileGate", 8081)]
    [InlineData("EgressProxy", 3128)]
    [InlineData("InferenceGateway", 11434)]
    public async Task Port_OfARunningSandbox_IsTheGatesOwn(string assembly, int port)
    {
        await using var server = await Server.StartAsync();
        using var agent = Process.Start(new ProcessStartInfo("dotnet", [Product.Cli, "run", "--data", server.Data, "--workspace", Product.Notes, "--", "sh", "-c", "echo up; read go"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Assert.Equal("up", await agent.StandardOutput.ReadLineAsync());

        var inside = Processes.DescendantsOf(server.ComponentProcess("AgentRunner")).SelectMany(id => Listeners(id, port)).ToHashSet();
        var gates = Sockets(server.ComponentProcess(assembly));
        await agent.StandardInput.WriteLineAsync("go");
        await agent.WaitForExitAsync();

        Assert.Single(inside.Intersect(gates));
        Assert.Empty(Listeners(server.ComponentProcess(assembly), port));
        Assert.Empty(inside.Intersect(Sockets(server.ComponentProcess(assembly))));
    }

    /// <summary>Inodes of the sockets that listen on a port of a process's network.</summary>
    private static IEnumerable<string> Listeners(int id, int port)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return Lines($"/proc/{id}/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[1].EndsWith(address, StringComparison.Ordinal) && fields[3] == Listening).Select(fields => $"socket:[{fields[9]}]");
    }

    private static HashSet<string> Sockets(int id) => [.. Directory.EnumerateFiles($"/proc/{id}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")];

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return []; // the process ended
        }
    }
}
