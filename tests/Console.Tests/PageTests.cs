using System.Net;

namespace SecureAgent.Console.Tests;

public sealed class PageTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/audit")]
    [InlineData($"/sessions/{FakeRunner.Session}")]
    public async Task WordsOfAnAgent_AreShown_AndDoNothing(string page)
    {
        using var browser = await server.LoggedInAsync();

        var html = await browser.GetStringAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', html);
        Assert.DoesNotContain('\u202e', html);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2Jx\\u{202e}y", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_AreListed()
    {
        using var browser = await server.LoggedInAsync();

        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken));

        Assert.Contains($"/sessions/{FakeRunner.Session}", html, StringComparison.Ordinal);
        Assert.Contains("/home/someone/notes", html, StringComparison.Ordinal);
        Assert.Contains("running", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_AndLayers_AreTheRunners()
    {
        using var browser = await server.LoggedInAsync();

        Assert.Contains("apiVersion: secureagent.dev/v1", await browser.GetStringAsync(new Uri("/policy", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("ABI 7", await browser.GetStringAsync(new Uri("/proof", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
