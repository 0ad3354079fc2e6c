using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Testing;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A runner, served on its real socket, with four gates that have real doors.</summary>
public class RunnerFixture : IAsyncLifetime
{
    public const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            sandbox: { pids: 512 }
            files:
              - { root: "${workspace}", allow: ["**"], access: read }
          short:
            sandbox: { pids: 512, wallClock: 1s }
          little:
            sandbox: { pids: 512, memory: 256MiB }
          quiet:
            sandbox: { pids: 512, output: 64KiB }
          later:
            sandbox: { pids: 512, driver: gvisor }
            honeypots: [hosts]
          gvisor:
            sandbox: { driver: gvisor, pids: 512 }
            files:
              - { root: "${workspace}", allow: ["**"], access: read }
          container:
            sandbox: { driver: container, pids: 512 }
            files:
              - { root: "${workspace}", allow: ["**"], access: read }
          auto:
            sandbox: { driver: auto, pids: 512 }
            files:
              - { root: "${workspace}", allow: ["**"], access: read }
          decoys:
            sandbox: { pids: 512 }
            honeypots: [hosts]
        """;

    private readonly Dictionary<string, FakeGate> gates = new(StringComparer.Ordinal);
    private WebApplication? runner;
    private GrpcChannel? channel;

    protected virtual IEnumerable<string> MoreOptions => [];

    internal string Root { get; } = Directory.CreateTempSubdirectory("sa-r-").FullName;

    internal string RunDirectory => $"{Root}/run";

    internal string AuditRoot => $"{Root}/data/audit";

    internal Contracts.Runner.V1.AgentRunner.AgentRunnerClient Client => new(channel);

    internal FakeGate this[string name] => gates[name];

    public async ValueTask InitializeAsync()
    {
        foreach (var path in new[] { Root, RunDirectory, $"{RunDirectory}/sessions" })
        {
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("711", 8));
        }

        Directory.CreateDirectory($"{Root}/data");
        await File.WriteAllTextAsync($"{Root}/policy.yaml", Policy);
        foreach (var name in GateSet.Names)
        {
            gates[name] = await FakeGate.StartAsync(name, Root);
        }

        // What a runner that was killed left behind.
        Directory.CreateDirectory($"{RunDirectory}/sessions/s-stale");
        runner = AgentRunnerHosting.Create(
        [
            $"--{HostEnvironment.DataDirectory}={Root}/data", $"--{HostEnvironment.RunDirectory}={RunDirectory}", $"--{HostEnvironment.Boot}=b-runner",
            $"--{HostEnvironment.PolicyFile}={Root}/policy.yaml", $"--{HostEnvironment.GuestDirectory}={SandboxFixture.GuestDirectory}",
            $"--{HostEnvironment.AllowDegraded}=landlock", .. MoreOptions,
        ]);
        await runner.StartAsync();
        channel = UnixSockets.Channel(RunLayout.RunnerSocket(RunDirectory));
    }

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (runner is not null)
        {
            await runner.StopAsync();
            await runner.DisposeAsync();
        }

        foreach (var gate in gates.Values)
        {
            await gate.DisposeAsync();
        }

        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal T Service<T>()
        where T : notnull => runner!.Services.GetRequiredService<T>();

    /// <summary>Stops the runner as the host would.</summary>
    internal Task StopRunnerAsync() => runner!.StopAsync();

    internal CreateSessionRequest Request(string script, string profile = "default") => new()
    {
        Workspace = Root, Profile = profile, Command = { "bash", "-c", script },
    };

    internal async Task<Outcome> RunAsync(CreateSessionRequest request, string stdin = "")
    {
        var session = await Client.CreateSessionAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        return await AttachAsync(session.SessionId, stdin);
    }

    internal async Task<Outcome> AttachAsync(string session, string? stdin = "")
    {
        using var call = Client.Attach(cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = session });
        if (stdin is not null)
        {
            await call.RequestStream.WriteAsync(new AttachRequest { Stdin = ByteString.CopyFromUtf8(stdin) });
            await call.RequestStream.WriteAsync(new AttachRequest { StdinClosed = true });
        }

        return await ReadAsync(call);
    }

    internal static async Task<Outcome> ReadAsync(AsyncDuplexStreamingCall<AttachRequest, SessionEvent> call)
    {
        var (output, errors) = (new StringBuilder(), new StringBuilder());
        await foreach (var next in call.ResponseStream.ReadAllAsync())
        {
            output.Append(next.Stdout?.ToStringUtf8());
            errors.Append(next.Stderr?.ToStringUtf8());
            if (next.Ended is { } summary)
            {
                return new Outcome(output.ToString(), errors.ToString(), summary);
            }
        }

        throw new InvalidOperationException("the stream ended without a summary");
    }
}

internal sealed record Outcome(string Output, string Errors, Summary Summary);
