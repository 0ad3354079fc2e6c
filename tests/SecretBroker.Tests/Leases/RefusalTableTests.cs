using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;

namespace SecureAgent.SecretBroker.Tests.Leases;

/// <summary>Who gets nothing, with one record each. Every row differs in one thing from the call that is given a lease at its end.</summary>
public sealed class RefusalTableTests
{
    private static readonly (string Name, Func<TokenForge, string?> Header)[] Tokens =
    [
        ("no header", _ => null),
        ("empty header", _ => ""),
        ("scheme alone", _ => "Bearer "),
        ("basic scheme", forge => "Basic " + forge.Good),
        ("no scheme", forge => forge.Good),
        ("token twice", forge => $"Bearer {forge.Good} {forge.Good}"),
        ("two parts", forge => "Bearer " + forge.Good[..forge.Good.LastIndexOf('.')]),
        ("empty signature", forge => "Bearer " + forge.Good[..(forge.Good.LastIndexOf('.') + 1)]),
        ("cut signature", forge => "Bearer " + forge.Good[..^4]),
        ("signature of another token", forge => "Bearer " + forge.Good[..(forge.Good.LastIndexOf('.') + 1)] + forge.Of(sub: "file-gate").Split('.')[2]),
        ("payload of another caller", forge => $"Bearer {forge.Good.Split('.')[0]}.{forge.Of(sub: "inference-gateway").Split('.')[1]}.{forge.Good.Split('.')[2]}"),
        ("alg none", forge => "Bearer " + forge.Unsigned("none")),
        ("alg None", forge => "Bearer " + forge.Unsigned("None")),
        ("alg missing", forge => "Bearer " + forge.Unsigned(null)),
        ("alg HS256 with the public key", forge => "Bearer " + forge.Hmac()),
        ("alg ES384 over an ES256 signature", forge => "Bearer " + forge.Of(alg: "ES384")),
        ("alg RS256 over an ES256 signature", forge => "Bearer " + forge.Of(alg: "RS256")),
        ("own key in the header", forge => "Bearer " + forge.WithOwnKey()),
        ("another boot's key", forge => "Bearer " + forge.OtherKey()),
        ("expired", forge => "Bearer " + forge.Of(from: -900, to: -300)),
        ("replayed one second after its end", forge => "Bearer " + forge.Of(from: -601, to: -1)),
        ("not valid yet", forge => "Bearer " + forge.Of(from: 300, to: 900)),
        ("without end", forge => "Bearer " + forge.Of(to: null)),
        ("for file-gate", forge => "Bearer " + forge.Of(aud: "file-gate")),
        ("for egress-proxy itself", forge => "Bearer " + forge.Of(aud: "egress-proxy")),
        ("for nobody", forge => "Bearer " + forge.Of(aud: "")),
        ("audience in capitals", forge => "Bearer " + forge.Of(aud: "SECRET-BROKER")),
        ("another issuer", forge => "Bearer " + forge.Of(iss: "someone")),
        ("no issuer", forge => "Bearer " + forge.Of(iss: "")),
    ];

    private static readonly (string Caller, DrawRequest Request, string Reason)[] Calls =
    [
        ("file-gate", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("agent-runner", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("desktop-agent", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("secret-broker", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("app-host", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("Egress-Proxy", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("egress-proxy\0", BrokerUnderTest.Request(), "caller_not_allowed"),
        ("egress-proxy", BrokerUnderTest.Request(session: "s-other"), "session_closed"),
        ("egress-proxy", BrokerUnderTest.Request(session: "S-TEST"), "session_closed"),
        ("egress-proxy", BrokerUnderTest.Request(session: ""), "session_closed"),
        ("egress-proxy", BrokerUnderTest.Request(name: "MODEL"), "secret_unknown"),
        ("egress-proxy", BrokerUnderTest.Request(host: "other.example.com"), "destination_mismatch"),
        ("egress-proxy", BrokerUnderTest.Request(host: "example.com"), "destination_mismatch"),
        ("egress-proxy", BrokerUnderTest.Request(host: "api.example.com:80"), "destination_mismatch"),
        ("egress-proxy", BrokerUnderTest.Request(port: 443), "destination_mismatch"),
        ("egress-proxy", BrokerUnderTest.Request(port: -1), "destination_mismatch"),
        ("egress-proxy", BrokerUnderTest.Request(method: "PUT"), "method_not_allowed"),
        ("egress-proxy", BrokerUnderTest.Request(method: "POST "), "method_not_allowed"),
        ("inference-gateway", BrokerUnderTest.Request(host: "other.example.com"), "destination_mismatch"),
        ("inference-gateway", BrokerUnderTest.Request(method: "DELETE"), "method_not_allowed"),
    ];

    public static TheoryData<string> TokenRows => [.. Tokens.Select(row => row.Name)];

    public static TheoryData<int> CallRows => [.. Enumerable.Range(0, Calls.Length)];

    [Theory]
    [MemberData(nameof(TokenRows))]
    public async Task Call_UnderABadToken_GetsNothingAndOneRecord(string row)
    {
        using var forge = new TokenForge();
        await using var broker = await StartAsync(forge);
        var header = Tokens.Single(token => token.Name == row).Header(forge);

        var refusal = await broker.RefusalAsync(BrokerUnderTest.Request(), header is null ? [] : new Metadata { { "authorization", header } });

        Assert.Equal((StatusCode.Unauthenticated, "token_invalid"), refusal);
        Assert.Equal((false, "token_invalid"), (broker.Decisions().Single().IsAllowed, broker.Decisions().Single().Reason));
        await broker.Leases.DrawAsync(BrokerUnderTest.Request(), As(forge.Good));
    }

    [Theory]
    [MemberData(nameof(CallRows))]
    public async Task Call_ForAnythingNotBound_GetsNothingAndOneRecord(int row)
    {
        using var forge = new TokenForge();
        await using var broker = await StartAsync(forge);
        var (caller, request, reason) = Calls[row];

        var refusal = await broker.RefusalAsync(request, As(forge.Of(sub: caller)));

        Assert.Equal((StatusCode.PermissionDenied, reason), refusal);
        Assert.Equal((false, reason), (broker.Decisions().Single().IsAllowed, broker.Decisions().Single().Reason));
        await broker.Leases.DrawAsync(BrokerUnderTest.Request(), As(forge.Good));
    }

    private static Metadata As(string token) => new() { { "authorization", $"Bearer {token}" } };

    private static Task<BrokerUnderTest> StartAsync(TokenForge forge) =>
        BrokerUnderTest.StartAsync(settings: (HostEnvironment.TokenKeyFile, forge.KeyFile));
}
