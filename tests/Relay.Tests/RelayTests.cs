using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SecureAgent.Testing;

namespace SecureAgent.Relay.Tests;

/// <summary>An agent's connection, through the relay of its pod and the door of a gate, to its session.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private const string Pod = "agent-session-x";

    private readonly TestCluster cluster = new();
    private TestComponent gate = null!;
    private TestSession session = null!;

    public async ValueTask InitializeAsync()
    {
        gate = await EchoGate.StartAsync(cluster);
        session = await gate.OpenSessionAsync(EchoGate.Policy, id: Pod);
        await File.WriteAllTextAsync(cluster.TokenFile, cluster.Token(Pod) + "\n");
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await gate.DisposeAsync();
        cluster.Dispose();
    }

    [Fact]
    public async Task Request_ArrivesAsThePodsSession()
    {
        await using var relay = await RunningRelay.StartAsync(cluster, gate.SessionDoor.Port);
        using var agent = relay.Agent;

        Assert.Equal(Pod, await agent.GetStringAsync("who", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Megabytes_ArriveWhole_BothWaysAtOnce()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var relay = await RunningRelay.StartAsync(cluster, gate.SessionDoor.Port);
        using var agent = relay.Agent;
        var bytes = RandomNumberGenerator.GetBytes(5 << 20);

        using var answer = await agent.PostAsync("echo", new ByteArrayContent(bytes), cancel);

        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(cancel));
    }

    [Fact]
    public async Task HalfClosedConnection_StillGetsItsAnswer()
    {
        await using var relay = await RunningRelay.StartAsync(cluster, gate.SessionDoor.Port);
        using var agent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await agent.ConnectAsync(relay.Port);
        using var answer = new StreamReader(new NetworkStream(agent));
        await agent.SendAsync(Encoding.ASCII.GetBytes("!all of it"));
        agent.Shutdown(SocketShutdown.Send);

        Assert.Equal($"{Pod}!all of it", await answer.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task RenewedToken_IsShownByTheNextConnection()
    {
        await using var relay = await RunningRelay.StartAsync(cluster, gate.SessionDoor.Port);
        await File.WriteAllTextAsync(cluster.TokenFile, cluster.Token(Pod, age: TimeSpan.FromHours(1)), TestContext.Current.CancellationToken);
        Assert.True(await relay.IsClosedAsync());

        await File.WriteAllTextAsync(cluster.TokenFile, cluster.Token(Pod), TestContext.Current.CancellationToken);

        using var agent = relay.Agent;
        Assert.Equal(Pod, await agent.GetStringAsync("who", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost", false)]
    [InlineData("elsewhere.test", true)]
    public async Task Token_IsShown_OnlyToTheNamedGate_OfTheOneAuthority(string name, bool trusted)
    {
        using var door = new FakeDoor(name);
        if (trusted)
        {
            await File.WriteAllTextAsync(cluster.AuthorityFile, door.AuthorityPem, TestContext.Current.CancellationToken);
        }

        await using var relay = await RunningRelay.StartAsync(cluster, door.Port);
        Assert.True(await relay.IsClosedAsync());

        Assert.Equal(name == "localhost" && trusted, (await door.Told).Length > 100);
    }

    [Fact]
    public async Task GateThatIsAway_ClosesTheAgentsConnection_AndTheRelayStays()
    {
        var port = gate.SessionDoor.Port;
        await using var relay = await RunningRelay.StartAsync(cluster, port);
        await File.WriteAllTextAsync(cluster.TokenFile, "", TestContext.Current.CancellationToken);
        Assert.True(await relay.IsClosedAsync());
        File.Delete(cluster.TokenFile);
        Assert.True(await relay.IsClosedAsync());

        using var client = new HttpClient();
        Assert.Equal("Healthy", await client.GetStringAsync(new Uri(relay.Health, "health"), TestContext.Current.CancellationToken));
    }
}
