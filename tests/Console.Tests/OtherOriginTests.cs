using System.Net;

namespace SecureAgent.Console.Tests;

/// <summary>What a page of another origin can make a logged-in browser send. Each row has its control arm: the same request without the telltale header.</summary>
public sealed class OtherOriginTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    [Theory]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1", "Origin", "http://127.0.0.1:1")]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1", "Origin", "http://evil.test")]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1", "Origin", "null")]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1", "Sec-Fetch-Site", "same-site")]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1", "Sec-Fetch-Site", "cross-site")]
    [InlineData("GET", "/", "Host", "evil.test")]
    [InlineData("GET", "/", "Host", "127.0.0.1.evil.test")]
    [InlineData("GET", "/audit", "Sec-Fetch-Site", "same-site")]
    [InlineData("GET", "/console.css", "Host", "evil.test")]
    public async Task Request_OfAnotherOrigin_IsRefused(string method, string path, string header, string value)
    {
        using var browser = await server.LoggedInAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(browser, method, path, header, value));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(browser, method, path, "X-Nothing", "at all"));
    }

    [Fact]
    public async Task Link_FromAnotherPage_IsFollowed_ButShowsNothingInAFrame()
    {
        using var browser = await server.LoggedInAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");
        request.Headers.Add("Sec-Fetch-Dest", "document");
        using var framed = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
        framed.Headers.Add("Sec-Fetch-Site", "cross-site");
        framed.Headers.Add("Sec-Fetch-Mode", "navigate");
        framed.Headers.Add("Sec-Fetch-Dest", "iframe");

        using var answer = await browser.SendAsync(request, TestContext.Current.CancellationToken);
        using var refused = await browser.SendAsync(framed, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(answer.Headers.GetValues("Content-Security-Policy"), policy => policy.Contains("frame-ancestors 'none'", StringComparison.Ordinal) && policy.Contains("script-src 'self'", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient browser, string method, string path, string header, string value)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await browser.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
