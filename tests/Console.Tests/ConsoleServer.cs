using System.Net;
using SecureAgent.Contracts;
using SecureAgent.Testing;

namespace SecureAgent.Console.Tests;

/// <summary>The console, really served, before a runner on the wire.</summary>
public sealed class ConsoleServer : IAsyncLifetime
{
    private readonly string tokens = Directory.CreateTempSubdirectory("sa-console-").FullName;
    private FakeRunner? runner;
    private TestComponent? component;

    internal FakeRunner Runner => runner!;

    public Uri Address => component!.ServiceAddress;

    public async ValueTask InitializeAsync()
    {
        // What the runner does with it is its own affair; the fake wants one to be there.
        await File.WriteAllTextAsync(Path.Combine(tokens, ComponentNames.AgentRunner), "service-token");
        runner = await FakeRunner.StartAsync();
        component = await TestComponent.StartAsync(
            ComponentNames.Console, ConsoleHosting.Create, service: true,
            ($"services:{ComponentNames.AgentRunner}:http:0", runner.Address), (HostEnvironment.TokenDirectory, tokens),
            ("applicationName", typeof(ConsoleHosting).Assembly.GetName().Name!)); // its scripts and styles are found by it
    }

    public async ValueTask DisposeAsync()
    {
        await component!.DisposeAsync();
        await runner!.DisposeAsync();
        Directory.Delete(tokens, recursive: true);
    }

    /// <summary>A browser's cookies and none of its headers.</summary>
    public HttpClient Browser() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address };

    public async Task<HttpClient> LoggedInAsync()
    {
        var browser = Browser();
        using var answer = await browser.GetAsync(new Uri($"/login?token={Runner.NewToken()}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return browser;
    }
}
