using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Testing;

namespace SecureAgent.FileGate.Tests;

/// <summary>FileGate as a sidecar: its pod's session is open by itself, on a loopback port.</summary>
public sealed class PodSessionTests : IDisposable
{
    private const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            files:
              - { root: "${workspace}", allow: ["**"], deny: ["**/.env"], access: read }
        """;

    private readonly string directory = Directory.CreateTempSubdirectory("pod-").FullName;

    public PodSessionTests()
    {
        Directory.CreateDirectory(Path.Combine(directory, "workspace"));
        File.WriteAllText(Path.Combine(directory, "workspace", "note.txt"), "hello");
        File.WriteAllText(Path.Combine(directory, "workspace", ".env"), "KEY=1");
        File.WriteAllText(Path.Combine(directory, "policy.yaml"), Policy);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Agent_ReadsByLoopback_WhatThePodsProfileAllows()
    {
        await using var gate = await StartAsync();
        using var agent = new HttpClient { BaseAddress = new Uri($"http://{await gate.PodSession}/") };

        Assert.Equal("hello", await agent.GetStringAsync("v1/files/note.txt", TestContext.Current.CancellationToken));
        using var refused = await agent.GetAsync("v1/files/.env", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains(gate.Records(), record => record.Session == "agent-session-x");
    }

    [Theory]
    [InlineData("PodSession:Profile", "nobody")]
    [InlineData("PodSession:Workspace", "/nowhere")]
    [InlineData("PodSession:PolicyFile", "/nowhere/policy.yaml")]
    public async Task SessionThatCannotBeOpened_EndsTheGate(string key, string value)
    {
        await using var gate = await StartAsync((key, value));
        var stopping = new TaskCompletionSource();
        await using var registration = gate.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        await stopping.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(gate.PodSession.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("0.0.0.0:0")]
    [InlineData("8081")]
    [InlineData("")]
    public async Task PortThatOthersReach_IsRefused(string listen)
    {
        Assert.Contains("PodSession__Listen", (await Assert.ThrowsAsync<StartupException>(() => StartAsync(("PodSession:Listen", listen)))).Message, StringComparison.Ordinal);
    }

    private Task<TestComponent> StartAsync(params (string Key, string Value)[] changed)
    {
        Dictionary<string, string> settings = new()
        {
            ["PodSession:Name"] = "agent-session-x",
            ["PodSession:Profile"] = "default",
            ["PodSession:Workspace"] = Path.Combine(directory, "workspace"),
            ["PodSession:Listen"] = "127.0.0.1:0",
            ["PodSession:PolicyFile"] = Path.Combine(directory, "policy.yaml"),
        };
        foreach (var (key, value) in changed)
        {
            settings[key] = value;
        }

        return TestComponent.StartAsync(ComponentNames.FileGate, FileGateHosting.Create, settings: [.. settings.Select(setting => (setting.Key, setting.Value))]);
    }
}
