using System.Text;
using Grpc.Core;
using SecureAgent.EgressProxy.Tests.Forwarding;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Injection;

/// <summary>The credential is added outside the sandbox: it arrives at its destination, and nowhere else.</summary>
public sealed class InjectionTests
{
    private const string Value = "sk-live-7d1f00aa";

    private const string Rules = """
        - { host: origin.test, ports: [HTTP], inject: key, allowPrivate: true }
        - { host: plain.test, ports: [HTTP], allowPrivate: true }
        """;

    private const string Secrets = """
        secrets:
          key: { embedded: key, deliver: { header: x-api-key, host: origin.test } }
        """;

    [Theory]
    [InlineData("x-api-key", "", "")]
    [InlineData("x-api-key", "", "X-API-Key: of-the-agent\r\n")]
    [InlineData("x-api-key", "", "x-api-key: one\r\nx-api-key: two\r\n")]
    [InlineData("x-api-key", "", "Connection: x-api-key\r\nx-api-key: one\r\n")]
    [InlineData("Authorization", "Bearer ", "Authorization: Bearer of-the-agent\r\n")]
    public async Task Credential_OfTheRule_ReachesTheOriginAloneAndIsGivenBack(string header, string prefix, string fields)
    {
        await using var broker = await FakeBroker.StartAsync(Value, header, prefix);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets.Replace("x-api-key", header, StringComparison.Ordinal), broker.Settings);
        var authority = $"origin.test:{proxy.Origin.HttpPort}";

        var response = await proxy.SendRawAsync(
            $"GET http://{authority}/a HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\nGET http://{authority}/b HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n",
            finish: false);

        Assert.All(proxy.Origin.Requests, request => Assert.Equal(prefix + Value, request.Headers[header]));
        Assert.Equal(2, proxy.Origin.Requests.Count);
        var draw = broker.Draws.First();
        Assert.Equal(("s-test", "key", "origin.test", proxy.Origin.HttpPort, "GET"), (draw.SessionId, draw.Name, draw.Host, draw.Port, draw.Method));
        Assert.Equal(["l-1", "l-2"], broker.Returned);
        Assert.Equal(["l-1", "l-2"], proxy.Decisions().Select(record => record.Facts["lease"]));
        Assert.DoesNotContain(Value, response, StringComparison.Ordinal);
        AssertNotInFiles(proxy);
    }

    // The last three rows are what the guard must not mistake for a credential.
    [Theory]
    [InlineData("/", "Authorization: Bearer of-the-agent\r\n", true)]
    [InlineData("/", "AUTHORIZATION: \r\n", true)]
    [InlineData("/", "Cookie: session=1\r\n", true)]
    [InlineData("/", "api-key: mine\r\n", true)]
    [InlineData("/", "X-Goog-Api-Key: mine\r\n", true)]
    [InlineData("/", "X-Vault-Token: mine\r\n", true)]
    [InlineData("/?key=mine", "", true)]
    [InlineData("/?a=1&access_token=mine", "", true)]
    [InlineData("/?a=1;access_token=mine", "", true)]
    [InlineData("/?%61pi_key=mine", "", true)]
    [InlineData("/?X-Amz-Signature=mine", "", true)]
    [InlineData("/?token", "", true)]
    [InlineData("/", "x-api-key: placeholder\r\n", false)]
    [InlineData("/?keys=1&q=token", "", false)]
    [InlineData("/key=1/token", "X-Request-Id: 1\r\n", false)]
    public async Task Credential_OfTheAgent_DoesNotPassBesideTheRules(string path, string fields, bool refused)
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var response = await ForwardTests.GetAsync(proxy, path, fields);

        Assert.Equal(refused ? 403 : 200, ProxyUnderTest.StatusOf(response));
        Assert.Equal(refused ? "credential_foreign" : "allowed_by_rule", Assert.Single(proxy.Decisions()).Reason);
        Assert.Equal(refused ? 0 : 1, proxy.Origin.Requests.Count);
        Assert.Equal(refused ? 0 : 1, broker.Draws.Count);
    }

    [Fact]
    public async Task Credential_OfOneHost_IsNotDrawnForAnother()
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        proxy.Resolver.Answer("plain.test", ["127.0.0.1"]);
        var plain = $"plain.test:{proxy.Origin.HttpPort}";

        await proxy.SendRawAsync($"GET http://{plain}/ HTTP/1.1\r\nHost: {plain}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.False(Assert.Single(proxy.Origin.Requests).Headers.ContainsKey("x-api-key"));
        Assert.Empty(broker.Draws);
    }

    [Fact]
    public async Task Redirect_ToAnotherHost_DoesNotCarryTheCredential()
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var response = await ForwardTests.GetAsync(proxy, "/redirect");

        Assert.Equal(302, ProxyUnderTest.StatusOf(response));
        Assert.Single(proxy.Origin.Requests);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied, "destination_mismatch", 403)]
    [InlineData(StatusCode.PermissionDenied, "method_not_allowed", 403)]
    [InlineData(StatusCode.Unavailable, "secret_unavailable", 503)]
    [InlineData(StatusCode.Unavailable, "audit_unavailable", 503)]
    [InlineData(StatusCode.Unauthenticated, "token_invalid", 403)]
    [InlineData(StatusCode.Internal, "no_such_reason", 503)]
    public async Task Broker_ThatRefuses_FailsTheRequest(StatusCode code, string reason, int status)
    {
        await using var broker = await FakeBroker.StartAsync(Value, refuse: (code, reason));
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var response = await ForwardTests.GetAsync(proxy, "/");

        Assert.Equal(status, ProxyUnderTest.StatusOf(response));
        Assert.False(Assert.Single(proxy.Decisions()).IsAllowed);
        Assert.Empty(proxy.Origin.Requests);
    }

    [Theory]
    [InlineData("two\r\nlines")]
    [InlineData("ends in a line break\n")]
    [InlineData("nul\0")]
    [InlineData("")]
    public async Task Value_ThatIsNoHeaderValue_FailsTheRequest(string value)
    {
        await using var broker = await FakeBroker.StartAsync(value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var response = await ForwardTests.GetAsync(proxy, "/");

        Assert.Equal((503, "secret_unavailable"), (ProxyUnderTest.StatusOf(response), Assert.Single(proxy.Decisions()).Reason));
        Assert.Empty(proxy.Origin.Requests);
    }

    private static void AssertNotInFiles(ProxyUnderTest proxy)
    {
        foreach (var file in Directory.EnumerateFiles(proxy.Component.DataDirectory, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(Value, reader.ReadToEnd(), StringComparison.Ordinal);
        }
    }
}
