using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>One proxy, one session, one origin and one broker for all rows, which come one after the other.</summary>
public sealed class TableProxy : IAsyncLifetime
{
    private const string Rules = """
        - { host: plain.test, ports: [HTTP], allowPrivate: true }
        - { host: "*.wild.test", ports: [HTTP], allowPrivate: true }
        - { host: 127.0.0.1, ports: [HTTP], allowPrivate: true }
        - { host: origin.test, ports: [HTTPS, 443], allowPrivate: true, inspect: { methods: [GET, POST], paths: ["/v1/**", /redirect] } }
        - { host: key.test, ports: [HTTPS], allowPrivate: true, inject: key, inspect: { methods: [GET, POST], paths: ["/v1/**"] } }
        - { host: sealed.test, ports: [HTTP], allowPrivate: true, inject: sealed }
        - { host: "*.inside.test", ports: [HTTP], allowPrivate: true }
        - { host: "*.outside.test", ports: [HTTP] }
        """;

    private const string Secrets = """
        secrets:
          key: { embedded: key, deliver: { header: x-api-key, host: key.test } }
          sealed: { embedded: sealed, deliver: { header: x-api-key, host: sealed.test } }
        """;

    private readonly Dictionary<Arm, Played> played = [];
    private FakeBroker broker = null!;
    private ProxyUnderTest proxy = null!;
    private Profile profile = null!;
    private int names;

    /// <param name="Reached">Requests that the origin got.</param>
    /// <param name="Drawn">Credentials that the broker was asked for.</param>
    internal sealed record Played(string Answer, AuditRecord Last, int Reached, int Drawn);

    public async ValueTask InitializeAsync()
    {
        broker = await FakeBroker.StartAsync("sk-live-7d1f00aa");
        proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        profile = PolicyParser.Parse(proxy.Policy(Rules, Secrets), "policy").Document!.Profiles["default"];
        foreach (var name in new[] { "plain.test", "a.wild.test", "a.b.wild.test", "key.test", "sealed.test" })
        {
            proxy.Resolver.Answer(name, ["127.0.0.1"]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        await broker.DisposeAsync();
    }

    /// <summary>Plays a control arm once, however many rows it serves.</summary>
    internal async Task<Played> PlayOnceAsync(Arm arm) => played.TryGetValue(arm, out var before) ? before : played[arm] = await PlayAsync(arm);

    internal async Task<Played> PlayAsync(Arm arm)
    {
        var audit = Path.Combine(proxy.Component.DataDirectory, "audit");
        var (before, requests, draws) = (AuditReader.Capture(audit), proxy.Origin.Requests.Count, broker.Draws.Count);
        var answer = arm switch
        {
            OnSocket one => await SendAsync(await proxy.Session.ConnectAsync(), Ported(one.Bytes)),
            ToAddress one => await LeadAsync(one),
            Greeting one => await GreetAsync(one),
            InTls one => await SendInTlsAsync(one),
            _ => throw new ArgumentOutOfRangeException(nameof(arm)),
        };
        var made = AuditReader.Read(audit, before).Where(record => record.IsDecision).ToList();
        Assert.NotEmpty(made);
        return new Played(answer, made[^1], proxy.Origin.Requests.Count - requests, broker.Draws.Count - draws);
    }

    private string Ported(string text) => text
        .Replace("{http as bytes}", $"{(char)(proxy.Origin.HttpPort >> 8)}{(char)(proxy.Origin.HttpPort & 0xff)}", StringComparison.Ordinal)
        .Replace("{https}", proxy.Origin.HttpsPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{http}", proxy.Origin.HttpPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>A tunnel ends with the client's last byte; an HTTP request says itself that it is the last.</summary>
    private static async Task<string> SendAsync(Socket socket, string bytes)
    {
        using (socket)
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
            if (bytes.StartsWith("CONNECT", StringComparison.Ordinal) || bytes.StartsWith('\x05'))
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            return await ProxyUnderTest.ReadToEndAsync(socket);
        }
    }

    private async Task<string> LeadAsync(ToAddress one)
    {
        // Asked of the policy first: no row sends a packet to an address that is not this machine's, not even a row that fails.
        var address = IPAddress.Parse(one.Address);
        var name = string.Create(CultureInfo.InvariantCulture, $"n{names++}.{(one.AllowPrivate ? "inside" : "outside")}.test");
        var decision = EgressPolicy.Decide(profile, CanonicalHost.TryParse(name)!, proxy.Origin.HttpPort);
        Assert.True(IPAddress.IsLoopback(address) || !AddressPolicy.Decide(EgressPolicy.RuleOf(profile, decision)!, address, []).IsAllowed);

        proxy.Resolver.Answer(name, [one.Address]);
        return await SendAsync(await proxy.Session.ConnectAsync(), Ported($"CONNECT {name}:{{http}} HTTP/1.1\r\n\r\n"));
    }

    private async Task<string> GreetAsync(Greeting one)
    {
        using var socket = await proxy.Session.ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(Ported($"CONNECT {one.Authority} HTTP/1.1\r\n\r\n")));
        try
        {
            foreach (var bytes in Hellos.Make(one.Kind))
            {
                await socket.SendAsync(bytes);
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Refused before it had sent everything.
        }

        return await ProxyUnderTest.ReadToEndAsync(socket);
    }

    private async Task<string> SendInTlsAsync(InTls one)
    {
        await using var tls = await proxy.OpenTlsAsync(one.Host, proxy.Origin.HttpsPort, one.ServerName);
        await tls.WriteAsync(Encoding.Latin1.GetBytes(Ported(one.Bytes)));
        using var answer = new MemoryStream();
        try
        {
            await tls.CopyToAsync(answer).WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (IOException)
        {
            // Cut; what came before it is the answer.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
