using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.EgressProxy.Tests.Support;

/// <summary>
/// The proxy as a process in a network namespace, and the world in another: a DNS server and web servers on a public and on a private address. The machine's
/// resolver configuration is replaced for the proxy alone. No packet leaves the two namespaces.
/// </summary>
internal sealed class NamespacedProxy : IAsyncDisposable
{
    public const string Public = "93.184.216.34";
    public const string Private = "10.9.9.9";

    private const string Setup = """
        set -e
        ip link set lo up
        ip link add world type veth peer name inner
        unshare -n sh "$1/world.sh" "$1" &
        until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do kill -0 $!; done
        ip link set inner netns $!
        ip addr add 93.184.216.1/24 dev world
        ip addr add 10.9.9.1/24 dev world
        ip link set world up
        mount --bind "$1/resolv.conf" /etc/resolv.conf
        until [ -e "$1/listening" ]; do kill -0 $!; done
        shift
        exec "$@"
        """;

    private const string World = """
        until ip link set inner up 2>/dev/null; do :; done
        ip link set lo up
        ip addr add 93.184.216.34/24 dev inner
        ip addr add 10.9.9.9/24 dev inner
        exec /usr/bin/python3 "$1/world.py" "$1"
        """;

    /// <summary>Answers by name, one after the other, the last for ever.</summary>
    private const string Servers = """
        import collections, http.server, socket, sys, threading
        directory, public, private = sys.argv[1], '93.184.216.34', '10.9.9.9'
        answers = {'public.test': [[public]], 'inside.test': [[private]], 'rebind.test': [[public], [private]], 'mixed.test': [[public, private]]}
        asked = collections.Counter()

        def answer(query):
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += query[at] + 1
            name, found = '.'.join(labels).lower(), []
            if query[at + 1:at + 3] == b'\0\1' and name in answers:
                turns = answers[name]
                found = turns[min(asked[name], len(turns) - 1)]
                asked[name] += 1
            flags = b'\x81\x80' if name in answers else b'\x81\x83'
            head = query[:2] + flags + b'\0\1' + len(found).to_bytes(2, 'big') + b'\0\0\0\0' + query[12:at + 5]
            return head + b''.join(b'\xc0\x0c\0\1\0\1\0\0\0\0\0\4' + socket.inet_aton(one) for one in found)

        class Web(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = ('from ' + self.server.server_address[0]).encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *_):
                pass

        for address in (public, private):
            threading.Thread(target=http.server.ThreadingHTTPServer((address, 80), Web).serve_forever, daemon=True).start()
        dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        dns.bind((public, 53))
        open(directory + '/listening', 'w').close()
        while True:
            query, client = dns.recvfrom(4096)
            dns.sendto(answer(query), client)
        """;

    private readonly string root;
    private readonly Process process;
    private readonly string socket;

    private NamespacedProxy(string root, Process process, string socket) => (this.root, this.process, this.socket) = (root, process, socket);

    /// <summary>Null when it can run here; else what is missing.</summary>
    public static string? Missing => Environment.UserName != "root" ? "needs root for network namespaces"
        : new[] { "/usr/bin/unshare", "/usr/bin/python3" }.FirstOrDefault(program => !File.Exists(program)) is { } program ? $"needs {program}"
        : !File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") ? "needs ip (iproute2)"
        : MayUnshare() ? null : "this machine lets root make no namespaces";

    /// <param name="rules">Lines under <c>egress:</c>.</param>
    public static async Task<NamespacedProxy> StartAsync(string rules, params string[] settings)
    {
        var root = Directory.CreateTempSubdirectory("sa-ns-").FullName;
        var run = Path.Combine(root, "run");
        var directory = RunLayout.SessionDirectory(run, "s-test");
        Directory.CreateDirectory(directory);
        Directory.CreateDirectory(Path.Combine(root, "data"));
        foreach (var (name, text) in new[] { ("setup.sh", Setup), ("world.sh", World), ("world.py", Servers), ("resolv.conf", $"nameserver {Public}\noptions attempts:1 timeout:10\n") })
        {
            await File.WriteAllTextAsync(Path.Combine(root, name), text);
        }

        var process = Process.Start(new ProcessStartInfo(
            "unshare",
            [
                "-mn", "--propagation", "private", "sh", Path.Combine(root, "setup.sh"), root, "dotnet", Path.Combine(AppContext.BaseDirectory, "SecureAgent.EgressProxy.dll"),
                $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={run}", $"--{HostEnvironment.Boot}=b-test", .. settings,
            ]))!;
        var control = RunLayout.ControlSocket(run, ComponentNames.EgressProxy);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await IsUpAsync(control))
        {
            limit.Token.ThrowIfCancellationRequested();
            Assert.False(process.HasExited, "the proxy did not start in its namespace");
        }

        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(control) });
        var answer = await new GateControl.GateControlClient(channel).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = "s-test", Profile = "default", SessionDirectory = directory, SandboxUid = UnixSocketHttp.OwnUserId,
            Policy = $"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    egress:\n{rules}",
        });
        return new NamespacedProxy(root, process, answer.SocketPath);
    }

    /// <summary>One GET over the session's socket: the status, and the body or the reason of the refusal.</summary>
    public async Task<(int Status, string Text)> GetAsync(string host)
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(socket));
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        var answer = await ProxyUnderTest.ReadToEndAsync(client);
        var status = ProxyUnderTest.StatusOf(answer);
        return (status, status == 200 ? answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..] : ProxyUnderTest.ErrorOf(answer).GetProperty("reason").GetString()!);
    }

    /// <summary>The file is there before anybody listens on it.</summary>
    private static async Task<bool> IsUpAsync(string control)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(control));
            return true;
        }
        catch (SocketException)
        {
            await Task.Yield();
            return false;
        }
    }

    private static bool MayUnshare()
    {
        using var probe = Process.Start("unshare", ["-mn", "true"]);
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(root, recursive: true);
    }
}
