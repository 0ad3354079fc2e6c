using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace SecureAgent.DesktopAgent.Model;

/// <summary>The model behind the sandbox's inference port.</summary>
internal static class ModelClient
{
    /// <summary>The configured model, or the first one offered. Throws <see cref="AgentException"/> when there is none.</summary>
    public static async Task<string> ChooseAsync(HttpClient http, AgentOptions options, CancellationToken cancellationToken)
    {
        if (options.Model is { } chosen)
        {
            return chosen;
        }

        try
        {
            using var response = await http.GetAsync(new Uri(options.Inference, "models"), cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new AgentException(ModelErrors.Describe((int)response.StatusCode, body));
            }

            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).FirstOrDefault()
                ?? throw new AgentException("this session may call no model; the profile's 'inference: models' names those it may");
        }
        catch (HttpRequestException error)
        {
            throw ModelErrors.Unreachable(options.Inference, error);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new AgentException($"what answers at {options.Inference} is not an OpenAI-compatible server", error);
        }
    }

    public static IChatClient Create(HttpClient http, AgentOptions options, string model) => new ChatClient(
        model,
        new ApiKeyCredential(options.ApiKey),
        new OpenAIClientOptions
        {
            Endpoint = options.Inference,
            Transport = new HttpClientPipelineTransport(http),
            RetryPolicy = new HintedRetries(),
            NetworkTimeout = TimeSpan.FromMinutes(15),
        }).AsIChatClient();

    /// <summary>Repeats what the server says can be repeated, and nothing else: a spent budget does not come back by asking again.</summary>
    private sealed class HintedRetries() : ClientRetryPolicy(maxRetries: 2)
    {
        protected override bool ShouldRetry(PipelineMessage message, Exception? exception) => IsHinted(message) && base.ShouldRetry(message, exception);

        protected override async ValueTask<bool> ShouldRetryAsync(PipelineMessage message, Exception? exception) =>
            IsHinted(message) && await base.ShouldRetryAsync(message, exception);

        private static bool IsHinted(PipelineMessage message) =>
            message.Response?.Headers.TryGetValue("x-should-retry", out var hint) == true && hint == "true";
    }
}
