namespace SecureAgent.EndToEnd.Tests;

/// <summary>The clients people use, inside the sandbox: with TLS seen from outside, and with TLS opened at the proxy.</summary>
public sealed class ClientTests(ClientServer shared) : IClassFixture<ClientServer>
{
    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var client in SandboxClient.All.Keys)
            {
                rows.Add(client, "plain");
                rows.Add(client, "inspected");
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Client_InTheSandbox_ReachesAnAllowedOrigin(string client, string profile)
    {
        var row = SandboxClient.All[client];
        Assert.SkipUnless(row.IsInstalled, $"{row.Program} is not installed below /usr, where a sandbox would see it.");

        var (exitCode, output) = SandboxClient.Read(shared.Outcomes[profile].Answer)[client];

        Assert.Contains(row.Expected, output, StringComparison.Ordinal);
        Assert.Equal("0", exitCode);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("inspected")]
    public void Destinations_OfAllClients_CameThroughTunnels_AndRequestsAreSeenOnlyWhereTheyAreInspected(string profile)
    {
        var clients = SandboxClient.All.Values.Count(client => client.IsInstalled);
        var vias = shared.ViasOf(profile);

        Assert.Equal(0, shared.Outcomes[profile].Json.GetProperty("egress").GetProperty("denied").GetInt64());
        Assert.InRange(vias["connect"], clients, int.MaxValue);
        Assert.InRange(vias.GetValueOrDefault("https"), profile == "inspected" ? clients : 0, profile == "inspected" ? int.MaxValue : 0);
    }

    [Fact]
    public async Task Client_ThatDoesNotTrustTheSession_GetsNothing()
    {
        var before = shared.Origin.Requests.Count;

        var outcome = await shared.RunAsync("inspected", $"NO_PROXY= no_proxy= env -u SSL_CERT_FILE -u CURL_CA_BUNDLE curl -sS {shared.BaseUrl}/x || echo refused by the client");

        Assert.Contains("refused by the client", outcome.Answer, StringComparison.Ordinal);
        Assert.Equal(before, shared.Origin.Requests.Count);
    }
}
