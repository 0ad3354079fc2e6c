using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>One allowed origin on loopback; everything else is refused with a reason, and there is no way around.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class EgressTests(SharedServer shared) : IAsyncLifetime
{
    private const string Proxied = "curl -sk --max-time 10 --noproxy '' -x http://127.0.0.1:3128";

    private readonly string root = Directory.CreateTempSubdirectory("sa-egress-").FullName;
    private Origin origin = null!;

    [Fact]
    public async Task AllowedOrigin_OverHttpAndConnect_IsReached()
    {
        var outcome = await RunAsync($"{Proxied} http://127.0.0.1:{origin.HttpPort}/plain; echo; {Proxied} https://127.0.0.1:{origin.HttpsPort}/tls");

        Assert.Equal("from the origin\nfrom the origin", outcome.Answer);
        Assert.Equal(["/plain", "/tls"], origin.Requests.Select(request => request.Path));
        Assert.Equal(2, outcome.Json.GetProperty("egress").GetProperty("allowed").GetInt64());
    }

    [Theory]
    [InlineData("http://other.test/")]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("http://127.0.0.2:{0}/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    public async Task OtherHostOrPort_OverHttp_GetsForbiddenWithAReason(string url)
    {
        var outcome = await RunAsync($"{Proxied} -w '\\n%{{http_code}}' {url.Replace("{0}", $"{origin.HttpPort}", StringComparison.Ordinal)}");

        var lines = outcome.Answer.Split('\n');
        Assert.Equal("403", lines[^1]);
        var error = JsonDocument.Parse(string.Join('\n', lines[..^1])).RootElement.GetProperty("error");
        Assert.NotEqual("", error.GetProperty("reason").GetString());
        Assert.Equal(JsonValueKind.String, error.GetProperty("rule").ValueKind);
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task OtherPort_OverConnect_GetsForbidden()
    {
        var outcome = await RunAsync($"{Proxied} -o /dev/null -w '%{{http_connect}}' https://127.0.0.1:9/");

        Assert.Equal("403", outcome.Answer);
    }

    [Fact]
    public async Task WithoutTheProxyVariables_ThereIsNoRoute()
    {
        var outcome = await RunAsync(
            $"unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy; curl -s --max-time 5 --noproxy '*' http://127.0.0.1:{origin.HttpPort}/ || echo no route");

        Assert.Equal("no route\n", outcome.Answer);
        Assert.Empty(origin.Requests);
    }

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(root, "policy.yaml"), $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              default:
                egress:
                  - { host: 127.0.0.1, ports: [{{origin.HttpPort}}, {{origin.HttpsPort}}], allowPrivate: true }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    private async Task<Outcome> RunAsync(string script)
    {
        var outcome = await shared.Server.RunAsync("--policy", Path.Combine(root, "policy.yaml"), "--json", "--", "sh", "-c", script);
        Assert.True(outcome.Stdout.Length > 0, outcome.ToString());
        return outcome;
    }
}
