using System.Net;
using System.Net.Sockets;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>An agent that tries everything at hand. Each line has its control: outside the sandbox the same thing works.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class ContainmentTests(SharedServer shared)
{
    [Fact]
    public async Task HostileCommand_ReadsNothingOfTheHostAndReachesNothing()
    {
        await using var listener = await HostListener.StartAsync();
        var script = $"""
            cat /etc/shadow; ls /root /home; cat /proc/1/environ; echo "uid=$(id -u)"; ip addr 2>/dev/null || cat /proc/net/dev
            wget -T2 -q -O- {listener.Url} && echo REACHED; curl -s -m2 --noproxy '*' {listener.Url} && echo REACHED
            getent hosts leak.example.com || nslookup leak.example.com; touch /usr/x && echo TOUCHED; mount -t tmpfs x /mnt && echo MOUNTED; true
            """;

        var outcome = await shared.Server.RunAsync("--workspace", Product.Notes, "--json", "--", "sh", "-c", script);

        Assert.Contains("uid=1000", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("REACHED", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("TOUCHED", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("MOUNTED", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", outcome.Answer, StringComparison.Ordinal);
        Assert.Contains("lo", outcome.Answer, StringComparison.Ordinal);
        Assert.Equal(0, listener.Connections);
        Assert.True(outcome.Json.GetProperty("egress").GetProperty("denied").GetInt64() >= 1, outcome.ToString());
    }

    [Fact]
    public async Task HostListener_AnswersOutsideTheSandbox()
    {
        await using var listener = await HostListener.StartAsync();

        var outcome = await Product.RunAsync("curl", ["-s", "--noproxy", "*", listener.Url]);

        Assert.Equal("secret of the host", outcome.Stdout);
        Assert.Equal(1, listener.Connections);
    }

    [Fact]
    public async Task LookedUpName_IsInTheAuditLog()
    {
        var run = await shared.Server.RunAsync("--json", "--", "sh", "-c", "getent hosts stolen-data.example.com; true");

        var audit = await Product.CliAsync("audit", "show", "--data", shared.Server.Data, "--session", run.Json.GetProperty("sessionId").GetString()!);
        Assert.Contains("stolen-data.example.com", audit.Stdout, StringComparison.Ordinal);
        Assert.Contains("dns_sink", audit.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environment_HoldsOnlyTheDocumentedVariables()
    {
        var outcome = await Product.RunAsync(
            "dotnet", [Product.Cli, "run", "--data", shared.Server.Data, "--json", "--", "env"],
            environment: new Dictionary<string, string> { ["AWS_SECRET_ACCESS_KEY"] = "AKIA-not-for-agents", ["LD_PRELOAD"] = "" });

        Assert.DoesNotContain("AKIA-not-for-agents", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("SECUREAGENT_DATA_DIR", outcome.Answer, StringComparison.Ordinal);
        Assert.Contains("FILE_GATE_URL=http://127.0.0.1:8081", outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OuterUid_IsNeverRoot()
    {
        var running = shared.Server.RunAsync("--", "sleep", "3");
        string? status = null;
        while (!running.IsCompleted && status is null)
        {
            status = Processes.DescendantsOf(shared.Server.ProcessId)
                .Where(id => Processes.CommandLine(id).StartsWith("sleep 3", StringComparison.Ordinal))
                .Select(id => File.ReadAllText($"/proc/{id}/status")).FirstOrDefault();
            await Task.Yield();
        }

        Assert.NotNull(status);
        var uids = status.Split('\n').Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1..];
        Assert.DoesNotContain("0", uids);
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
        await running;
    }

    private sealed class HostListener : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource stop = new();
        private Task accepting = Task.CompletedTask;
        private int connections;

        public int Connections => connections;

        public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

        public static Task<HostListener> StartAsync()
        {
            var host = new HostListener();
            host.listener.Start();
            host.accepting = host.AcceptAsync();
            return Task.FromResult(host);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await accepting;
            listener.Dispose();
            stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(stop.Token);
                    Interlocked.Increment(ref connections);
                    await using var stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[4096], stop.Token);
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: close\r\n\r\nsecret of the host"u8.ToArray(), stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
