using Grpc.Net.Client;
using SecureAgent.Bench;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate.Bench;

/// <summary>The file gate as it ships, in a process of its own, with sessions on it. Its audit log is on, as always.</summary>
internal sealed class GateServer : IAsyncDisposable
{
    private readonly string run;
    private readonly ServerProcess process;
    private readonly GrpcChannel control;

    private GateServer(string run, ServerProcess process, GrpcChannel control) => (this.run, this.process, this.control) = (run, process, control);

    public ServerProcess Process => process;

    /// <param name="program">The gate's .dll; null for the one built in the same configuration as this benchmark, next to it.</param>
    public static async Task<GateServer> StartAsync(string root, string? program = null)
    {
        var run = Path.Combine(root, "run");
        Directory.CreateDirectory(Path.Combine(run, "sessions"));
        Directory.CreateDirectory(Path.Combine(root, "data"));
        var control = GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(RunLayout.ControlSocket(run, ComponentNames.FileGate)) });
        var process = await ServerProcess.StartAsync(
            "dotnet",
            [program ?? Built(), $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={run}", $"--{HostEnvironment.Boot}=b-bench"],
            () => Task.FromResult(File.Exists(RunLayout.ControlSocket(run, ComponentNames.FileGate))));
        return new GateServer(run, process, control);
    }

    /// <summary>Opens a session on the folder and gives the path of its socket.</summary>
    public async Task<string> OpenAsync(string id, string workspace, string grant)
    {
        var directory = RunLayout.SessionDirectory(run, id);
        Directory.CreateDirectory(directory);
        var answer = await new GateControl.GateControlClient(control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = id, Profile = "default", Workspace = workspace, SessionDirectory = directory, SandboxUid = UnixSocketHttp.OwnUserId,
            Policy = $"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    files:\n      - {{ root: '${{workspace}}', allow: ['**'], {grant} }}\n",
            Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        });
        return answer.SocketPath;
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        await process.DisposeAsync();
    }

    private static string Built() =>
        AppContext.BaseDirectory.Replace("/FileGate.Bench/", "/FileGate/", StringComparison.Ordinal) + "SecureAgent.FileGate.dll";
}
