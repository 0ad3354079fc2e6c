using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Doors;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Testing;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>Identity by token, in a cluster: what the token of a pod proves is that pod's session, and nothing else is let in.</summary>
public sealed class SessionDoorTests : IAsyncLifetime
{
    private readonly TestCluster cluster = new();
    private TestComponent gate = null!;

    public static TheoryData<string> Wrong =>
        ["audience", "issuer", "expired", "not yet", "foreign key", "account", "namespace", "no pod", "other pod", "subject", "no signature", "cut", "text", "empty"];

    public async ValueTask InitializeAsync() => gate = await SampleGate.StartAsync(cluster.Door);

    public async ValueTask DisposeAsync()
    {
        await gate.DisposeAsync();
        cluster.Dispose();
    }

    [Fact]
    public async Task Connection_BelongsToTheSessionOfItsPod_WhateverItSays()
    {
        await using var one = await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-one");
        await using var two = await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-two");

        Assert.Contains("\r\nagent-session-one\r\n", await AskAsync(cluster.Token("agent-session-one"), "X-Session: agent-session-two\r\n"), StringComparison.Ordinal);
        Assert.Contains("\r\nagent-session-two\r\n", await AskAsync(cluster.Token("agent-session-two")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task WrongToken_IsClosed_WithoutAByteOfASession(string what)
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-x");
        Assert.Contains("agent-session-x", await AskAsync(cluster.Token("agent-session-x")), StringComparison.Ordinal);

        Assert.Null(await AskAsync(WrongToken(what)));
    }

    [Fact]
    public async Task Token_IsAskedForBeforeAnythingElse()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-x");
        await using var door = await cluster.ConnectAsync(gate.SessionDoor);

        await door.WriteAsync("GET /who HTTP/1.1\r\nHost: gate\r\n\r\n"u8.ToArray());
        await door.ShutdownAsync();

        Assert.False(await RelayProtocol.IsAcceptedAsync(door, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WhatIsNoRelay_IsRefused()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.ConnectAsync(gate.SessionDoor, SslProtocols.Tls12));
        await using var other = await cluster.ConnectAsync(gate.SessionDoor, asRelay: false);
        Assert.Equal(0, await ReadAsync(other));

        await using var relay = await cluster.ConnectAsync(gate.SessionDoor);
        Assert.Equal(RelayProtocol.Protocol, relay.NegotiatedApplicationProtocol);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RotatedKeys_AreTaken_AndTheOldOnesEnd(bool rsa)
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-x");
        var old = cluster.Token("agent-session-x");
        Assert.NotNull(await AskAsync(old));

        cluster.RotateKeys(rsa);

        Assert.Null(await AskAsync(old));
        Assert.NotNull(await AskAsync(cluster.Token("agent-session-x")));
    }

    [Fact]
    public async Task RenewedCertificate_IsShownToTheNextConnection()
    {
        await using var before = await cluster.ConnectAsync(gate.SessionDoor);
        var serial = cluster.RenewCertificate();
        await using var after = await cluster.ConnectAsync(gate.SessionDoor);

        Assert.NotEqual(serial, ((X509Certificate2)before.RemoteCertificate!).SerialNumber);
        Assert.Equal(serial, ((X509Certificate2)after.RemoteCertificate!).SerialNumber);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClosedOrFrozenSession_LosesItsConnections_AndGetsNoneAgain(bool frozen)
    {
        await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-x");
        await using var door = await ProvenAsync(cluster.Token("agent-session-x"));
        await door.WriteAsync("GET /wait HTTP/1.1\r\nHost: gate\r\n\r\n"u8.ToArray());
        Assert.NotEqual(0, await ReadAsync(door));

        if (frozen)
        {
            await new GateControl.GateControlClient(gate.Control).FreezeSessionAsync(new FreezeSessionRequest { SessionId = "agent-session-x" });
        }
        else
        {
            await gate.CloseSessionAsync("agent-session-x");
        }

        Assert.Equal(0, await RestAsync(door));
        Assert.True(await AskAsync(cluster.Token("agent-session-x")) is null or "");
    }

    [Fact]
    public void OneAddress_CannotKeepTheOthersOut()
    {
        var waiting = new Waiting();
        var (one, other) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        Assert.All(Enumerable.Range(0, Waiting.MaxOfOne), _ => Assert.True(waiting.TryEnter(one)));

        Assert.False(waiting.TryEnter(one));
        Assert.True(waiting.TryEnter(other));
        waiting.Leave(one);
        Assert.True(waiting.TryEnter(one));
    }

    [Fact]
    public void AllTogether_AreLimitedToo()
    {
        var waiting = new Waiting();
        Assert.All(Enumerable.Range(0, Waiting.MaxInAll), number => Assert.True(waiting.TryEnter(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]))));

        Assert.False(waiting.TryEnter(IPAddress.Loopback));
        waiting.Leave(IPAddress.Parse("10.0.0.0"));
        Assert.True(waiting.TryEnter(IPAddress.Loopback));
    }

    [Fact]
    public async Task ConnectionsThatProveNothing_AreClosed_BeyondTheLimit_AndTheirEndMakesRoom()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy, id: "agent-session-x");
        var silent = new List<Socket>();
        for (var number = 0; number < Waiting.MaxOfOne; number++)
        {
            silent.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            await silent[^1].ConnectAsync(gate.SessionDoor);
        }

        await Assert.ThrowsAnyAsync<IOException>(() => cluster.ConnectAsync(gate.SessionDoor));

        silent.ForEach(socket => socket.Dispose());
        string? answer = null;
        for (var attempt = 0; answer is null && attempt < 1000; attempt++)
        {
            try
            {
                answer = await AskAsync(cluster.Token("agent-session-x"));
            }
            catch (IOException)
            {
                // The door has not seen all of them end yet.
                await Task.Yield();
            }
        }

        Assert.Contains("agent-session-x", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthPort_GivesHealth_AndNothingElse()
    {
        await using var probed = await SampleGate.StartAsync(("SECUREAGENT_HEALTH_ADDRESS", "127.0.0.1:0"));
        var port = probed.Addresses.Where(address => address.StartsWith("http://127.0.0.1", StringComparison.Ordinal)).Select(address => new Uri(address)).Single(address => address.Port != probed.ServiceAddress.Port);
        using var client = new HttpClient { BaseAddress = port };

        Assert.Equal("Healthy", await client.GetStringAsync("health"));
        foreach (var path in new[] { "who", "operator", "secureagent.gate.v1.GateControl/CloseAll" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path)).StatusCode);
        }
    }

    [Fact]
    public async Task DoorWithoutOneOfItsSettings_IsNoDoorAtAll_ButAnError()
    {
        foreach (var (key, _) in cluster.Door)
        {
            var error = await Assert.ThrowsAsync<StartupException>(() => SampleGate.StartAsync([.. cluster.Door.Where(setting => setting.Key != key)]));
            Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        }

        await using var none = await SampleGate.StartAsync();
        Assert.Null(none.Services.GetService<SessionDoor>());
    }

    private string WrongToken(string what)
    {
        const string pod = "agent-session-x";
        var right = cluster.Token(pod);
        switch (what)
        {
            case "audience": return cluster.Token(pod, audience: "https://kubernetes.default.svc");
            case "issuer": return cluster.Token(pod, issuer: "https://elsewhere.test");
            case "expired": return cluster.Token(pod, age: TimeSpan.FromMinutes(10));
            case "not yet": return cluster.Token(pod, age: TimeSpan.FromMinutes(-5));
            case "account": return cluster.Token(pod, account: "default");
            case "namespace": return cluster.Token(pod, space: "secure-agent-system");
            case "no pod": return cluster.Token(null);
            case "other pod": return cluster.Token("agent-session-y");
            case "subject": return cluster.Token(pod, account: "default", subject: TestCluster.Subject);
            case "no signature": return $"eyJhbGciOiJub25lIn0.{right.Split('.')[1]}.";
            case "cut": return right[..^4];
            case "text": return "x.y.z";
            case "empty": return "";
            default:
                using (var other = new TestCluster())
                {
                    return other.Token(pod);
                }
        }
    }

    /// <summary>What the gate answers to GET /who, or null when the door let nothing through.</summary>
    private async Task<string?> AskAsync(string token, string header = "")
    {
        await using var door = await cluster.ConnectAsync(gate.SessionDoor);
        if (!await ShowAsync(door, token))
        {
            return null;
        }

        await door.WriteAsync(Encoding.ASCII.GetBytes($"GET /who HTTP/1.1\r\nHost: gate\r\n{header}Connection: close\r\n\r\n"));
        return await new StreamReader(door).ReadToEndAsync();
    }

    private async Task<SslStream> ProvenAsync(string token)
    {
        var door = await cluster.ConnectAsync(gate.SessionDoor);
        Assert.True(await ShowAsync(door, token));
        return door;
    }

    private static async Task<bool> ShowAsync(SslStream door, string token)
    {
        var cancel = TestContext.Current.CancellationToken;
        if (token.Length == 0)
        {
            await door.WriteAsync(new byte[2], cancel);
        }
        else
        {
            await RelayProtocol.SendTokenAsync(door, token, cancel);
        }

        return await RelayProtocol.IsAcceptedAsync(door, cancel);
    }

    private static async Task<int> ReadAsync(SslStream door) => await door.ReadAsync(new byte[4096], TestContext.Current.CancellationToken);

    /// <summary>Reads to the end, which may be a cut; what is left is 0.</summary>
    private static async Task<int> RestAsync(SslStream door)
    {
        try
        {
            while (await ReadAsync(door) > 0)
            {
                // what was on its way
            }
        }
        catch (IOException)
        {
            // cut without a goodbye
        }

        return 0;
    }
}
