using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.Testing;

namespace SecureAgent.SecretBroker.Tests.Vault;

public sealed class BrokerCrashTests
{
    private const int Count = 200;

    [Fact]
    public async Task Broker_KilledWithLiveUsers_RevokesThemAllAfterTheRestart()
    {
        await using var fake = await FakeVault.StartAsync();
        fake.State.Tokens["limited"] = new FakeToken(["default", "broker"], 3600, true);
        var root = Directory.CreateTempSubdirectory("sa-").FullName;
        using var mint = new ServiceTokenMint(TimeProvider.System);
        var port = Prepare(root, mint);
        try
        {
            using (var first = await StartAsync(root, port, fake.Address))
            {
                await DrawAsync(root, port, mint);
                Assert.Equal(Count, fake.State.Leases.Count);
                first.Kill();
                await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            Assert.Equal(Count, fake.State.Leases.Count);
            using var second = await StartAsync(root, port, fake.Address);
            var began = Stopwatch.GetTimestamp();
            while (!fake.State.Leases.IsEmpty && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10))
            {
                await Task.Yield();
            }

            var took = Stopwatch.GetElapsedTime(began);
            TestContext.Current.TestOutputHelper?.WriteLine($"{Count} orphans revoked {took.TotalMilliseconds:0} ms after health");
            second.Kill();
            await second.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Empty(fake.State.Leases);
            Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static int Prepare(string root, ServiceTokenMint mint)
    {
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Directory.CreateDirectory(Path.Combine(root, "run", "sessions", "s-test"));
        File.WriteAllText(Path.Combine(root, "token"), "limited");
        File.WriteAllText(Path.Combine(root, "token-key.pem"), mint.PublicKeyPem);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task<Process> StartAsync(string root, int port, string vault)
    {
        string[] settings =
        [
            $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={root}/run", $"--{HostEnvironment.Boot}=b-test",
            $"--{HostEnvironment.TokenKeyFile}={root}/token-key.pem", $"--ASPNETCORE_URLS=http://127.0.0.1:{port}",
            $"--SecretBroker:Vault:Address={vault}", $"--SecretBroker:Vault:TokenFile={root}/token",
        ];
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SecureAgent.SecretBroker.dll"), .. settings]) { RedirectStandardOutput = true })!;
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        while (!process.HasExited)
        {
            try
            {
                await http.GetStringAsync("/health");
                _ = process.StandardOutput.ReadToEndAsync();
                return process;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }

        throw new InvalidOperationException("the broker did not start");
    }

    private static async Task DrawAsync(string root, int port, ServiceTokenMint mint)
    {
        using var control = UnixSockets.Channel(RunLayout.ControlSocket($"{root}/run", ComponentNames.SecretBroker));
        await new GateControl.GateControlClient(control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = "s-test", Policy = VaultBrokerTests.Policy, Profile = "default", SessionDirectory = $"{root}/run/sessions/s-test", SandboxUid = UnixSockets.OwnUserId,
        });
        using var service = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        var headers = new Metadata { { "authorization", $"Bearer {mint.Mint(ComponentNames.EgressProxy, ComponentNames.SecretBroker)}" } };
        await Parallel.ForAsync(0, Count, async (_, cancellation) =>
            await new Contracts.Broker.V1.Leases.LeasesClient(service).DrawAsync(BrokerUnderTest.Request("user", "db.example.com"), headers, cancellationToken: cancellation));
    }
}
