using System.Net;

namespace SecureAgent.Console.Tests;

public sealed class LoginTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    public static TheoryData<string> Pages => ["/", "/approvals", "/audit", "/policy", "/proof", $"/sessions/{FakeRunner.Session}"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_WithoutALogin_LeadsToOne_AndWithOneIsShown(string page)
    {
        using var stranger = server.Browser();
        using var browser = await server.LoggedInAsync();

        using var refused = await stranger.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
        using var shown = await browser.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Redirect, "/login"), (refused.StatusCode, refused.Headers.Location!.AbsolutePath));
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.Contains("o-someone", await shown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Circuit_WithoutALogin_IsNotOpened()
    {
        using var stranger = server.Browser();
        using var browser = await server.LoggedInAsync();

        using var refused = await stranger.PostAsync(new Uri("/_blazor/negotiate?negotiateVersion=1", UriKind.Relative), null, TestContext.Current.CancellationToken);
        using var opened = await browser.PostAsync(new Uri("/_blazor/negotiate?negotiateVersion=1", UriKind.Relative), null, TestContext.Current.CancellationToken);

        Assert.NotEqual(HttpStatusCode.OK, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task Token_IsGoodOnce()
    {
        var address = new Uri($"/login?token={server.Runner.NewToken()}", UriKind.Relative);
        using var first = server.Browser();
        using var second = server.Browser();

        using var taken = await first.GetAsync(address, TestContext.Current.CancellationToken);
        using var refused = await second.GetAsync(address, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
        Assert.Contains("this login was used", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookie_IsForNoScript_NoOtherSite_AndHoldsNoKeyInTheClear()
    {
        using var browser = server.Browser();
        var token = server.Runner.NewToken();

        using var answer = await browser.GetAsync(new Uri($"/login?token={token}", UriKind.Relative), TestContext.Current.CancellationToken);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"secure-agent-{server.Address.Port}=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of-", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of-", await browser.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_ThatTheRunnerEnded_LeadsToANewLogin()
    {
        using var browser = await server.LoggedInAsync();
        using var before = await browser.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        server.Runner.Keys.Clear();
        using var after = await browser.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task Logout_EndsTheSessionAtTheRunner()
    {
        using var browser = await server.LoggedInAsync();
        var standing = server.Runner.Keys.Count;

        using var answer = await browser.PostAsync(new Uri("/logout", UriKind.Relative), null, TestContext.Current.CancellationToken);
        using var after = await browser.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("You are logged out.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("runner", page, StringComparison.Ordinal);
        Assert.Equal(standing - 1, server.Runner.Keys.Count);
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task Logout_WhileTheRunnerIsAway_DropsTheCookie_AndSaysBoth()
    {
        await using var own = new ConsoleServer();
        await own.InitializeAsync();
        using var browser = await own.LoggedInAsync();
        await own.Runner.StopAsync();

        using var answer = await browser.PostAsync(new Uri("/logout", UriKind.Relative), null, TestContext.Current.CancellationToken);
        using var after = await browser.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("You are logged out.", page, StringComparison.Ordinal);
        Assert.Contains("the runner is away", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }
}
