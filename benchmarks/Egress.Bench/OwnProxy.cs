using System.Net.Sockets;
using Grpc.Net.Client;
using SecureAgent.Bench;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Egress.Bench;

/// <summary>The proxy as it ships, in a process of its own, with one session on it. Its audit log is on, as always.</summary>
internal static class OwnProxy
{
    /// <param name="beside">Another build of the proxy, a .dll; empty for this one.</param>
    public static async Task<Contestant> StartAsync(string root, BenchOrigin origin, string beside = "")
    {
        var run = Path.Combine(root, "run");
        var directory = RunLayout.SessionDirectory(run, "s-bench");
        Directory.CreateDirectory(directory);
        Directory.CreateDirectory(Path.Combine(root, "data"));
        var socket = RunLayout.ControlSocket(run, ComponentNames.EgressProxy);
        var process = await ServerProcess.StartAsync(
            "dotnet",
            [
                beside is "" ? Program() : beside, $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={run}", $"--{HostEnvironment.Boot}=b-bench",
                "--EgressProxy:MaxConnectionsPerSession=10000", $"--EgressProxy:UpstreamRoots={origin.CertificateFile}", "--Logging:LogLevel:Default=Warning",
            ],
            () => Task.FromResult(File.Exists(socket)));
        using var control = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(socket) });
        var answer = await new GateControl.GateControlClient(control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = "s-bench", Profile = "default", SessionDirectory = directory, SandboxUid = UnixSocketHttp.OwnUserId,
            Policy = $$"""
                apiVersion: secureagent.dev/v1
                kind: AgentPolicy
                profiles:
                  default:
                    egress:
                      - { host: 127.0.0.1, ports: [{{origin.RawPort}}], allowPrivate: true }
                      - { host: localhost, ports: [{{origin.TlsPort}}], allowPrivate: true, inspect: { methods: [GET], paths: ["/**"] } }
                """,
            Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        });
        return new Contestant(beside is "" ? "this proxy" : "the build beside", process, new UnixDomainSocketEndPoint(answer.SocketPath));
    }

    /// <summary>The proxy built in the same configuration as this benchmark, next to it.</summary>
    private static string Program() =>
        AppContext.BaseDirectory.Replace("/Egress.Bench/", "/EgressProxy/", StringComparison.Ordinal) + "SecureAgent.EgressProxy.dll";
}
