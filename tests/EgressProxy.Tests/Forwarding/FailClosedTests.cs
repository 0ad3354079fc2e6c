using Microsoft.Extensions.DependencyInjection;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Tests.Forwarding;

/// <summary>What is not there refuses.</summary>
public sealed class FailClosedTests
{
    private const string Secrets = """
        secrets:
          key: { embedded: key, deliver: { header: x-api-key, host: origin.test } }
        """;

    [Fact]
    public async Task Audit_Gone_LetsNothingOutOnEitherWay()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        Assert.Equal(200, ProxyUnderTest.StatusOf(await ForwardTests.GetAsync(proxy, "/before")));
        // A closed log is a log that cannot be written.
        proxy.Component.Services.GetRequiredService<AuditLog>().Dispose();

        var http = await ForwardTests.GetAsync(proxy, "/after");
        var connect = await proxy.SendRawAsync($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n");

        Assert.Equal((503, 503), (ProxyUnderTest.StatusOf(http), ProxyUnderTest.StatusOf(connect)));
        Assert.Equal("audit_unavailable", ProxyUnderTest.ErrorOf(connect).GetProperty("reason").GetString());
        Assert.Equal("/before", Assert.Single(proxy.Origin.Requests).RawTarget);
    }

    [Fact]
    public async Task Broker_Down_FailsTheRequestThatNeedsACredential()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(
            """
            - { host: origin.test, ports: [HTTP], inject: key, allowPrivate: true }
            - { host: plain.test, ports: [HTTP], allowPrivate: true }
            """,
            Secrets,
            ("services:secret-broker:http:0", "http://127.0.0.1:1"));
        proxy.Resolver.Answer("plain.test", ["127.0.0.1"]);
        var plain = $"plain.test:{proxy.Origin.HttpPort}";

        var refused = await ForwardTests.GetAsync(proxy, "/", "x-api-key: mine\r\n");
        var control = await proxy.SendRawAsync($"GET http://{plain}/ HTTP/1.1\r\nHost: {plain}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.Equal((503, 200), (ProxyUnderTest.StatusOf(refused), ProxyUnderTest.StatusOf(control)));
        Assert.Equal(["secret_unavailable", "allowed_by_rule"], proxy.Decisions().Select(record => record.Reason));
        Assert.StartsWith("plain.test", Assert.Single(proxy.Origin.Requests).Host, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_WhereACredentialIsAdded_IsRefused()
    {
        await using var proxy = await ProxyUnderTest.StartAsync("- { host: origin.test, ports: [HTTP], inject: key, allowPrivate: true }", Secrets);

        var response = await proxy.SendRawAsync($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n");

        Assert.Equal((403, "scheme_not_allowed"), (ProxyUnderTest.StatusOf(response), ProxyUnderTest.ErrorOf(response).GetProperty("reason").GetString()));
    }
}
