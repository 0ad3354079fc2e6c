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
            var (body, broken) = await ReadWholeAsync(response, cancellationToken);
            return broken is null
                ? new ModelList([.. body.Items("data").Select(model => model.Text("id")).OfType<string>()])
                : new ModelList([], broken);
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
            var (body, broken) = await ReadWholeAsync(response, cancellationToken);
            if (broken is not null)
            {
                return new BackendAnswer.Failed(broken);
            }

            var usage = UpstreamUsage.Read(body) ?? UpstreamUsage.Approximate(call.Request, body);
            return new BackendAnswer.Whole(JsonSerializer.SerializeToUtf8Bytes(body, UpstreamJson.Default.JsonElement), usage);
        }
    }

    private async Task<(JsonElement Body, OpenAiError? Error)> ReadWholeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(settings.FirstByteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxWholeAnswer, either.Token);
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(either.Token));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (document.RootElement.Clone(), null)
                : (default, OpenAiError.Upstream("The model server's answer is not a JSON object."));
        }
        catch (JsonException)
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
