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

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Broker_KilledWithLiveUsers_RevokesThemAllAfterTheRestart(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(VaultBrokerTests.Document, kind);
        await store.UseDatabaseAsync();
        var root = Directory.CreateTempSubdirectory("sa-").FullName;
        using var mint = new ServiceTokenMint(TimeProvider.System);
        var port = Prepare(root, mint);
        try
        {
            using (var first = await StartAsync(root, port, store))
            {
                await DrawAsync(root, port, mint, Count);
                Assert.Equal(Count, await store.Server.LiveUsersAsync());
                first.Kill();
                await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            Assert.Equal(Count, await store.Server.LiveUsersAsync());
            using var second = await StartAsync(root, port, store);
            await EmptiedAsync(store, keep: 0);
            second.Kill();
            await second.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Broker_KilledBetweenTheStoresAnswerAndTheJournal_RevokesWhatTheAnswerMade()
    {
        await using var store = await StoreOfTest.StartAsync(VaultBrokerTests.Document);
        var fake = store.Fake;
        fake.State.Leases["database/creds/other/1"] = "somebody else's";
        var root = Directory.CreateTempSubdirectory("sa-").FullName;
        using var mint = new ServiceTokenMint(TimeProvider.System);
        var port = Prepare(root, mint);
        try
        {
            using (var first = await StartAsync(root, port, store))
            {
                await DrawAsync(root, port, mint, 2);
                fake.HoldAnswers = new TaskCompletionSource();
                var lost = Record.ExceptionAsync(() => DrawMoreAsync(port, mint, 1));
                await fake.Held.Task.WaitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(4, fake.State.Leases.Count);
                first.Kill();
                await first.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.NotNull(await lost);
            }

            Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(root, "data", "secrets", "leases.journal"), TestContext.Current.CancellationToken)).Count(line => line[0] == '+'));
            fake.HoldAnswers.SetResult();
            fake.HoldAnswers = null;
            using var second = await StartAsync(root, port, store);
            await EmptiedAsync(store, keep: 1);
            await OpenAsync(root);
            await DrawMoreAsync(port, mint, 1);
            second.Kill();
            await second.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Contains("database/creds/other/1", fake.State.Leases.Keys);
            Assert.Equal(2, fake.State.Leases.Count);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task EmptiedAsync(StoreOfTest store, int keep)
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (await store.Server.LiveUsersAsync() > keep && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10))
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        var took = Stopwatch.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper?.WriteLine($"orphans revoked {took.TotalMilliseconds:0} ms after health");
        Assert.Equal(keep, await store.Server.LiveUsersAsync());
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static int Prepare(string root, ServiceTokenMint mint)
    {
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Directory.CreateDirectory(Path.Combine(root, "run", "sessions", "s-test"));
        File.WriteAllText(Path.Combine(root, "token-key.pem"), mint.PublicKeyPem);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task<Process> StartAsync(string root, int port, StoreOfTest store)
    {
        string[] settings =
        [
            $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={root}/run", $"--{HostEnvironment.Boot}=b-test",
            $"--{HostEnvironment.TokenKeyFile}={root}/token-key.pem", $"--ASPNETCORE_URLS=http://127.0.0.1:{port}",
            $"--SecretBroker:Vault:Address={store.Server.Address}", $"--SecretBroker:Vault:TokenFile={store.TokenFile}",
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

    private static async Task DrawAsync(string root, int port, ServiceTokenMint mint, int count)
    {
        await OpenAsync(root);
        await DrawMoreAsync(port, mint, count);
    }

    private static async Task OpenAsync(string root)
    {
        using var control = UnixSockets.Channel(RunLayout.ControlSocket($"{root}/run", ComponentNames.SecretBroker));
        await new GateControl.GateControlClient(control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = "s-test", Policy = VaultBrokerTests.Document, Profile = "default", SessionDirectory = $"{root}/run/sessions/s-test", SandboxUid = UnixSockets.OwnUserId,
        });
    }

    private static async Task DrawMoreAsync(int port, ServiceTokenMint mint, int count)
    {
        using var service = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        var headers = new Metadata { { "authorization", $"Bearer {mint.Mint(ComponentNames.EgressProxy, ComponentNames.SecretBroker)}" } };
        await Parallel.ForAsync(0, count, async (_, cancellation) =>
            await new Contracts.Broker.V1.Leases.LeasesClient(service).DrawAsync(BrokerUnderTest.Request("user", "db.example.com"), headers, cancellationToken: cancellation));
    }
}
