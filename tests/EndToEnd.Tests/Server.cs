using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>A running dev server on a data directory of its own.</summary>
public sealed class Server : IAsyncDisposable
{
    private readonly Process host;

    private Server(Process host, string data) => (this.host, Data) = (host, data);

    public string Data { get; }

    public int ProcessId => host.Id;

    public bool HasExited => host.HasExited;

    internal string RunDirectory => JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "server.json"))).RootElement.GetProperty("runDirectory").GetString()!;

    public static async Task<Server> StartAsync(IReadOnlyDictionary<string, string>? environment = null, params string[] options)
    {
        var data = Directory.CreateTempSubdirectory("sa-e2e-").FullName;
        var start = new ProcessStartInfo("dotnet", [Product.Host, "--events", "--data", data, .. options])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var server = new Server(Process.Start(start)!, data);
        await server.WaitForAsync("ready");
        return server;
    }

    /// <summary>Reads the host's events until one of this kind, and of this component and state when given.</summary>
    public async Task WaitForAsync(string kind, string? component = null, string? state = null)
    {
        using var limit = new CancellationTokenSource(Product.Limit);
        while (await host.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            var json = JsonDocument.Parse(line).RootElement;
            var found = json.GetProperty("event").GetString();
            if (found == kind && (component is null || (json.GetProperty("component").GetString() == component && json.GetProperty("state").GetString() == state)))
            {
                return;
            }

            if (found == "failed")
            {
                throw new InvalidOperationException(json.GetProperty("message").GetString());
            }
        }

        throw new InvalidOperationException($"the host ended without '{kind}': {await host.StandardError.ReadToEndAsync()}");
    }

    internal Task<Outcome> RunAsync(params string[] args) => Product.CliAsync(["run", "--data", Data, .. args]);

    /// <summary>Process id of a component, found by its program among the host's children.</summary>
    public int ComponentProcess(string assembly) => Processes.ChildrenOf(host.Id)
        .Single(id => Processes.CommandLine(id).Contains($"SecureAgent.{assembly}.dll", StringComparison.Ordinal));

    /// <summary>SIGTERM; returns how long it took to end.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        await Product.RunAsync("kill", ["-TERM", host.Id.ToString(CultureInfo.InvariantCulture)]);
        using var limit = new CancellationTokenSource(Product.Limit);
        await host.WaitForExitAsync(limit.Token);
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>Ends the server; what it and its components wrote since the last event waited for.</summary>
    public async Task<string> EndAndReadAsync()
    {
        host.StandardInput.Close();
        var errors = host.StandardError.ReadToEndAsync();
        return await host.StandardOutput.ReadToEndAsync() + await errors;
    }

    public void KillHard() => host.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!host.HasExited)
        {
            host.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await host.WaitForExitAsync(limit.Token);
        }

        host.Dispose();
        Directory.Delete(Data, recursive: true);
    }
}
