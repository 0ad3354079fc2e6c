using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>Forwards to any OpenAI-compatible server.</summary>
internal sealed class OpenAiBackend(UpstreamClient upstream, UpstreamSettings settings, TimeProvider time) : IModelBackend
{
    /// <summary>Largest answer that is not streamed, and largest list of models. Bytes.</summary>
    private const int MaxWholeAnswer = 16 << 20;

    public string Name => "openai";

    public async Task<ModelList> ListAsync(SessionContext session, CancellationToken cancellationToken)
    {
        var (response, error) = await upstream.SendAsync(session, HttpMethod.Get, "models", null, null, cancellationToken);
        if (response is null)
        {
            return new ModelList([], error);
        }

        using (response)
        {
            var (models, broken) = await ReadWholeAsync(
                response, body => body.Items("data").Select(model => model.Text("id")).OfType<string>().ToList(), cancellationToken);
            return new ModelList(models ?? [], broken);
        }
    }

    public async Task<BackendAnswer> AnswerAsync(BackendCall call, CancellationToken cancellationToken)
    {
        var (response, error) = await upstream.SendAsync(
            call.Session, HttpMethod.Post, "chat/completions", UpstreamBody.Write(call), call.ClientHeaders, cancellationToken);
        if (response is null)
        {
            return new BackendAnswer.Failed(error!);
        }

        if (call.Request.Stream)
        {
            return new BackendAnswer.Streamed(UpstreamStream.ReadAsync(response, settings.IdleTimeout, time, cancellationToken));
        }

        using (response)
        {
            var (whole, broken) = await ReadWholeAsync(
                response,
                body => new BackendAnswer.Whole(
                    JsonSerializer.SerializeToUtf8Bytes(body, UpstreamJson.Default.JsonElement), UpstreamUsage.Read(body) ?? UpstreamUsage.Approximate(call.Request, body)),
                cancellationToken);
            return whole is null ? new BackendAnswer.Failed(broken!) : (BackendAnswer)whole;
        }
    }

    private async Task<(T? Value, OpenAiError? Error)> ReadWholeAsync<T>(HttpResponseMessage response, Func<JsonElement, T> understand, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(settings.FirstByteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxWholeAnswer, either.Token);
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(either.Token));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (understand(document.RootElement.Clone()), null)
                : (default, OpenAiError.Upstream("The model server's answer is not a JSON object."));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // InvalidOperationException: text that is not Unicode
        {
            return (default, OpenAiError.Upstream("The model server's answer is not JSON."));
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return (default, OpenAiError.Upstream("The model server's answer broke off or was too large."));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (default, OpenAiError.Upstream("The model server's answer took too long."));
        }
    }
}
