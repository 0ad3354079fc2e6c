using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.Configuration;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.Testing;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>Gate to gate in a cluster: TLS of the gates' authority, and a projected token for the callee.</summary>
public sealed class ServiceDoorTests : IAsyncLifetime
{
    private readonly TestCluster cluster = new();
    private TestComponent gate = null!;

    private Uri Door => new(gate.Addresses.Single(address => address.StartsWith("https://", StringComparison.Ordinal)).Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

    public async ValueTask InitializeAsync() => gate = await SampleGate.StartAsync(cluster.ServiceDoor);

    public async ValueTask DisposeAsync()
    {
        await gate.DisposeAsync();
        cluster.Dispose();
    }

    [Fact]
    public async Task Account_OfTheGatesNamespace_IsTheComponentOfItsName()
    {
        Assert.Equal("egress-proxy", await AskAsync(Token()));
    }

    [Fact]
    public async Task OtherTokens_AreNobody()
    {
        Assert.Equal("egress-proxy", await AskAsync(Token()));

        Assert.Equal("nobody", await AskAsync(cluster.Token("egress-proxy-0", "another-gate", space: "secure-agent-system", account: "egress-proxy")));
        Assert.Equal("nobody", await AskAsync(cluster.Token("egress-proxy-0", SampleGate.Name, space: "secure-agent-sessions", account: "egress-proxy")));
        Assert.Equal("nobody", await AskAsync(cluster.Token("egress-proxy-0", SampleGate.Name, space: "secure-agent-system", account: "egress-proxy", age: TimeSpan.FromHours(1))));
        Assert.Equal("nobody", await AskAsync(gate.Mint.Mint("egress-proxy", SampleGate.Name)));
        Assert.Equal("nobody", await AskAsync("x.y.z"));
    }

    [Fact]
    public async Task Caller_TrustsTheGatesAuthorityAlone()
    {
        using var other = new TestCluster();
        File.Copy(other.AuthorityFile, cluster.AuthorityFile, overwrite: true);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(Token()));

        Assert.IsType<AuthenticationException>(error.InnerException);
    }

    [Fact]
    public async Task SessionsAndOperators_HaveNothingHere()
    {
        using var client = Client(Token());

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(client, "who")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(client, "operator")).StatusCode);
    }

    private string Token() => cluster.Token("egress-proxy-0", SampleGate.Name, space: "secure-agent-system", account: "egress-proxy");

    private async Task<string> AskAsync(string token)
    {
        using var client = Client(token);
        using var response = await SendAsync(client, "caller");
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string path) => client.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact }, TestContext.Current.CancellationToken);

    private HttpClient Client(string token)
    {
        File.WriteAllText(cluster.TokenFile, token);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [HostEnvironment.Authority] = cluster.AuthorityFile }).Build();
        return new HttpClient(new ServiceTokenHandler(Path.GetDirectoryName(cluster.TokenFile)!, Path.GetFileName(cluster.TokenFile)) { InnerHandler = CalleeHandler.For(configuration) }) { BaseAddress = Door };
    }
}
