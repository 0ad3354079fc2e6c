using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;

namespace SecureAgent.InferenceGateway.Tests;

/// <summary>The real gateway on a real session socket.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    public const string AnyModel = "inference: { models: [\"*\"], maxTokens: 200000 }";

    private readonly TestComponent component;
    private readonly TestSession session;

    private Gateway(TestComponent component, TestSession session) => (this.component, this.session) = (component, session);

    public HttpClient Http => session.Http;

    public TestSession Session => session;

    public TestComponent Component => component;

    /// <param name="inference">Lines of the session's profile.</param>
    public static async Task<Gateway> StartAsync(string inference = AnyModel, Action<IServiceCollection>? configure = null, params (string Key, string Value)[] settings)
    {
        var component = await TestComponent.StartAsync(
            ComponentNames.InferenceGateway, args => InferenceGatewayHosting.Create(args, configure), service: false, settings);
        return new Gateway(component, await component.OpenSessionAsync(Policy(inference)));
    }

    public static string Policy(string inference) => $$"""
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            {{inference}}
        """;

    public static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    public static string Chat(string model = "offline-extractive", string text = "hello", bool stream = false, string more = "") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":{{JsonSerializer.Serialize(text)}}}]{{(stream ? ",\"stream\":true" : "")}}{{more}}}""";

    public Task<HttpResponseMessage> PostAsync(string json, string route = "v1/chat/completions") => Http.PostAsync(route, Body(json));

    public async Task<JsonNode> ErrorAsync(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;

    public List<AuditRecord> Decisions() => [.. component.Records().Where(record => record.Kind == AuditKinds.Decision)];

    public List<AuditRecord> Receipts() => [.. component.Records().Where(record => record.Kind == "inference.receipt")];

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await component.DisposeAsync();
    }
}
