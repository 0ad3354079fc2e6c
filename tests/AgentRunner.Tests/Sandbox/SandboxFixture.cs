using System.Text;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Hosting;

[assembly: AssemblyFixture(typeof(SecureAgent.AgentRunner.Tests.Sandbox.SandboxFixture))]

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>One prepared machine for all tests; skips them visibly where bubblewrap or user namespaces are missing.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    private SandboxHost? host;

    internal SandboxHost Host => host!;

    internal string RunDirectory { get; } = Directory.CreateTempSubdirectory("sa-run-").FullName;

    /// <summary>Guest as the build made it, beside these tests.</summary>
    internal static string GuestDirectory => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Guest", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'))));

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(RunDirectory, (UnixFileMode)Convert.ToInt32("711", 8));
        host = await SandboxHost.PrepareAsync(
            new SandboxHostOptions(GuestDirectory, null, "/usr/local/bin:/usr/bin:/bin"), new ComponentContext("agent-runner", RunDirectory, RunDirectory, "b-test"), TimeProvider.System, default);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(RunDirectory, recursive: true);
    }

    internal void RequireSandbox() => Assert.SkipUnless(
        Host.Layers.All(layer => layer.Present || SandboxLayers.Landlock == layer.Name),
        "no sandbox here: " + string.Join("; ", Host.Layers.Where(layer => !layer.Present).Select(layer => $"{layer.Name}: {layer.Detail}")));

    /// <summary>Runs a shell script as the agent and collects what came of it.</summary>
    internal Task<SandboxResult> ShellAsync(string script, SandboxPolicy? limits = null, Func<ISandbox, Task>? meanwhile = null) =>
        RunAsync(["sh", "-c", script], limits, meanwhile);

    internal async Task<SandboxResult> RunAsync(
        IReadOnlyList<string> command, SandboxPolicy? limits = null, Func<ISandbox, Task>? meanwhile = null, Action<string>? prepare = null, SandboxHost? on = null, ISandboxDriver? driver = null)
    {
        RequireSandbox();
        on ??= Host;
        var id = Identifiers.New("s");
        var uid = on.Uids.Take();
        var directory = SessionDirectory.Create(RunDirectory, id, uid);
        try
        {
            prepare?.Invoke(directory);
            limits ??= SandboxPolicy.Default;
            var request = new SandboxRequest(id, directory, uid, limits, [SandboxLayers.Landlock]);
            await using var prepared = await (driver ?? on.Driver).PrepareAsync(request, TestContext.Current.CancellationToken);
            await using var sandbox = await prepared.StartAsync(
                new AgentStarts(id, on.Program, limits, []).First(command, null) with { GatesOpen = false }, TestContext.Current.CancellationToken);
            var output = ReadAsync(sandbox.StandardOutput);
            var errors = ReadAsync(sandbox.StandardError);
            var events = CollectAsync(sandbox);
            if (meanwhile is not null)
            {
                await meanwhile(sandbox);
            }

            sandbox.StandardInput.Close();
            var code = await sandbox.Exited;
            return new SandboxResult(id, uid, code, await output, await errors, await events, sandbox.Layers, prepared.Probes);
        }
        finally
        {
            SessionDirectory.Remove(directory);
            on.Uids.Return(uid);
        }
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task<IReadOnlyList<GuestEvent>> CollectAsync(ISandbox sandbox)
    {
        var events = new List<GuestEvent>();
        await foreach (var one in sandbox.Events)
        {
            events.Add(one);
        }

        return events;
    }
}

internal sealed record SandboxResult(
    string Id, uint Uid, int Code, string Output, string Errors, IReadOnlyList<GuestEvent> Events, IReadOnlyList<SandboxLayer> Layers, ProbeReport Probes);
