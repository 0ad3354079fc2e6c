using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using SecureAgent.Contracts;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.FileGate.Native;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;
using WireGate = SecureAgent.Contracts.FileGate.V1.FileGate;

namespace SecureAgent.FileGate.Tests;

/// <summary>A workspace folder, a file gate that really runs, and one session on it.</summary>
public sealed class GateScenario : IAsyncDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-ws-");

    private GateScenario(TestComponent component)
    {
        Component = component;
        Directory.CreateDirectory(Workspace);
    }

    public TestComponent Component { get; }

    /// <summary>Folder around the workspace: what the session must never see.</summary>
    public string Outside => root.FullName;

    public string Workspace => Path.Combine(root.FullName, "ws");

    public TestSession Session { get; private set; } = null!;

    public WireGate.FileGateClient Grpc { get; private set; } = null!;

    public HttpClient Http => Session.Http;

    public static string Policy(string grant = "allow: ['**']", string profile = "") =>
        $"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    files:\n      - {{ root: '${{workspace}}', {grant} }}\n{profile}";

    /// <summary>A gate that opens paths in this way.</summary>
    internal static Task<GateScenario> StartAsync(IHandleOpener opener) => StartAsync(args => FileGateHosting.Create(args, opener));

    internal static async Task<GateScenario> StartAsync(Func<string[], WebApplication> create) =>
        new(await TestComponent.StartAsync(ComponentNames.FileGate, create, service: false));

    public static async Task<GateScenario> StartAsync(params (string Key, string Value)[] settings) =>
        new(await TestComponent.StartAsync(ComponentNames.FileGate, FileGateHosting.Create, service: false, settings));

    /// <summary>Starts a gate and opens its session; the workspace is filled before.</summary>
    public static async Task<GateScenario> OpenAsync(string policy, Action<GateScenario> fill, params (string Key, string Value)[] settings)
    {
        var scenario = await StartAsync(settings);
        fill(scenario);
        await scenario.OpenAsync(policy);
        return scenario;
    }

    public async Task OpenAsync(string policy)
    {
        Session = await Component.OpenSessionAsync(policy, workspace: Workspace);
        Grpc = new WireGate.FileGateClient(Session.Grpc);
    }

    public string Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    public string Write(string path, byte[] bytes)
    {
        var full = Path.Combine(Workspace, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        return full;
    }

    public async Task<(byte[] Bytes, int Chunks)> ReadGrpcAsync(string path, long offset = 0, long length = 0)
    {
        using var call = Grpc.Read(new ReadRequest { Path = path, Offset = offset, Length = length });
        var bytes = new MemoryStream();
        var chunks = 0;
        await foreach (var chunk in call.ResponseStream.ReadAllAsync())
        {
            chunk.Data.WriteTo(bytes);
            chunks++;
        }

        return (bytes.ToArray(), chunks);
    }

    /// <summary>Reason of the refusal, or <c>ok</c>.</summary>
    public async Task<string> GrpcVerdictAsync(string path)
    {
        try
        {
            await ReadGrpcAsync(path);
            return "ok";
        }
        catch (RpcException refused)
        {
            return GateAnswers.ReasonOf(refused);
        }
    }

    public IReadOnlyList<AuditRecord> Records() => [.. Component.Records().Where(record => record.Plane == AuditPlanes.Files)];

    /// <summary>Records once they are so, at the latest after 30 s: a receipt follows the last byte, which the client may have before.</summary>
    public async Task<IReadOnlyList<AuditRecord>> RecordsAsync(Func<IReadOnlyList<AuditRecord>, bool> areSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var records = Records();
        while (!areSo(records) && !limit.IsCancellationRequested)
        {
            await Task.Yield();
            records = Records();
        }

        return records;
    }

    public async ValueTask DisposeAsync()
    {
        if (Session is not null)
        {
            await Session.DisposeAsync();
        }

        await Component.DisposeAsync();
        root.Delete(recursive: true);
    }
}
