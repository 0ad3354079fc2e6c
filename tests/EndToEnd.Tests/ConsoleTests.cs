using System.Net;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The operator's page of a real server, by the address that the CLI prints.</summary>
public sealed class ConsoleTests
{
    [Fact]
    public async Task Address_LogsInOnce_AndThePageShowsWhatTheServerRan()
    {
        await using var server = await Server.StartAsync(options: ["--console", "true"]);
        var session = (await server.RunAsync("--workspace", Product.Notes, "--json", "--", "true")).Json.GetProperty("sessionId").GetString()!;
        var address = new Uri((await Product.CliAsync("console", "--data", server.Data, "--json")).Json.GetProperty("url").GetString()!);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var another = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        using var login = await browser.GetAsync(address, TestContext.Current.CancellationToken);
        using var again = await another.GetAsync(address, TestContext.Current.CancellationToken);
        var sessions = await browser.GetStringAsync(new Uri(address, "/"), TestContext.Current.CancellationToken);
        var audit = await browser.GetStringAsync(new Uri(address, $"/sessions/{session}"), TestContext.Current.CancellationToken);
        using var script = await browser.GetAsync(new Uri(address, "/_framework/blazor.web.js"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
        Assert.Contains(session, sessions, StringComparison.Ordinal);
        Assert.Contains("session.probed", audit, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
    }

    [Fact]
    public async Task ServerWithoutAConsole_IsSaidToHaveNone()
    {
        await using var server = await Server.StartAsync();

        var outcome = await Product.CliAsync("console", "--data", server.Data);

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Stdout));
        Assert.Contains("this server has no console", outcome.Stderr, StringComparison.Ordinal);
    }
}
