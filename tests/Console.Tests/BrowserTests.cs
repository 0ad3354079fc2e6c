using Microsoft.Playwright;
using SecureAgent.Contracts.Runner.V1;
using static Microsoft.Playwright.Assertions;

namespace SecureAgent.Console.Tests;

/// <summary>The pages in a real browser, clicked: what prerendering cannot show.</summary>
public sealed class BrowserTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    private const string Chromium = "/usr/bin/chromium";
    private const float Patience = 60_000;

    [Fact]
    public async Task Approval_ComesWhileThePageIsOpen_AndIsDecidedByAClick()
    {
        await using var browser = await OpenAsync();
        var page = await LogInAsync(browser.Value);
        await page.GetByText("Approvals").ClickAsync();
        server.Runner.Hold(new Approval
        {
            ApprovalId = "a-1", SessionId = FakeRunner.Session, Profile = "default", Plane = "egress", Subject = FakeRunner.Hostile, Reason = "no_rule",
            Suggestion = "egress:\n  - {host: \"example.test\"}", ExpiresUnixMs = TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeMilliseconds(), PolicySource = "policy.yaml",
        });

        var card = page.Locator("section.card").Filter(new() { HasText = "example.test" });
        await Expect(card).ToContainTextAsync("<script>alert(1)</script>\\u{1b}[2Jx\\u{202e}y", new() { Timeout = Patience });
        await card.Locator("fluent-button").Filter(new() { HasText = "Allow once" }).ClickAsync();
        await Expect(page.GetByText("Nothing waits for you.")).ToBeVisibleAsync(new() { Timeout = Patience });

        var decided = Assert.IsType<DecideRequest>(Assert.Single(server.Runner.Calls, call => call.Method == "Decide").Request);
        Assert.Equal(("a-1", true, ApprovalScope.Once), (decided.ApprovalId, decided.Allow, decided.Scope));
    }

    [Fact]
    public async Task Session_ShowsItsOutput_AndIsKilledByASecondClickOnly()
    {
        await using var browser = await OpenAsync();
        var page = await LogInAsync(browser.Value);
        await page.GetByText(FakeRunner.Session).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Log)).ToContainTextAsync("said: <script>alert(1)</script>\\u{1b}[2Jx\\u{202e}y", new() { Timeout = Patience });
        var kill = page.Locator("fluent-button").Filter(new() { HasText = "Kill" });
        await kill.ClickAsync();
        await Expect(page.GetByText("End it now?")).ToBeVisibleAsync(new() { Timeout = Patience });
        Assert.DoesNotContain(server.Runner.Calls, call => call.Method == "Kill");
        await kill.ClickAsync();
        await Expect(page.GetByText("End it now?")).ToBeHiddenAsync(new() { Timeout = Patience });
        await server.Runner.AskedAsync("Kill").WaitAsync(TimeSpan.FromMilliseconds(Patience), TestContext.Current.CancellationToken);

        Assert.Equal(FakeRunner.Session, Assert.IsType<KillRequest>(Assert.Single(server.Runner.Calls, call => call.Method == "Kill").Request).SessionId);
    }

    [Fact]
    public async Task BrokenChain_IsNamed()
    {
        await using var browser = await OpenAsync();
        var page = await LogInAsync(browser.Value);
        await page.GetByText("Audit").First.ClickAsync();
        await page.Locator("fluent-button").Filter(new() { HasText = "Verify" }).ClickAsync();

        await Expect(page.GetByText("file-gate/00000001.jsonl:3: the hash does not match")).ToBeVisibleAsync(new() { Timeout = Patience });
    }

    [Fact]
    public async Task NarrowWindow_CutsNothingOff()
    {
        await using var browser = await OpenAsync();
        var page = await LogInAsync(browser.Value);
        await page.SetViewportSizeAsync(400, 900);
        foreach (var path in new[] { "", "approvals", "audit", "policy", "proof", $"sessions/{FakeRunner.Session}" })
        {
            await page.GotoAsync(new Uri(server.Address, path).ToString());
            await page.WaitForFunctionAsync("() => document.querySelector('.shell[data-live]')");

            Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") <= 400, $"/{path} is wider than its window");
        }

        // The column's head, which says whose words they are, is not shown there.
        await Expect(page.Locator(".audit .subject:not(:empty)").First).ToBeVisibleAsync(new() { Timeout = Patience });
        Assert.Contains("agents' words", await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('.audit .subject:not(:empty)'), '::before').content"), StringComparison.Ordinal);
    }

    private static async Task<OpenBrowser> OpenAsync()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is not here; install it: apt-get install chromium");
        var playwright = await Playwright.CreateAsync();
        return new OpenBrowser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"], Timeout = Patience }));
    }

    /// <summary>Every error of the page's own is a failure of the test.</summary>
    private async Task<IPage> LogInAsync(IBrowser browser)
    {
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        page.PageError += (_, error) => throw new InvalidOperationException($"the page failed: {error}");
        await page.GotoAsync(new Uri(server.Address, $"/login?token={server.Runner.NewToken()}").ToString());
        await Expect(page).ToHaveURLAsync(server.Address.ToString(), new() { Timeout = Patience });
        await Expect(page.GetByText(FakeRunner.Session)).ToBeVisibleAsync(new() { Timeout = Patience });
        await page.WaitForFunctionAsync("() => document.querySelector('.shell[data-live]') && document.querySelector('fluent-button')?.matches(':defined')");
        return page;
    }

    private sealed record OpenBrowser(IPlaywright Playwright, IBrowser Value) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Value.DisposeAsync();
            Playwright.Dispose();
        }
    }
}
