using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>Reads an upstream's server-sent events and hands each chunk on as it comes.</summary>
internal static class UpstreamStream
{
    private const string Done = "[DONE]";

    public static async IAsyncEnumerable<StreamChunk> ReadAsync(
        HttpResponseMessage response, TimeSpan idle, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var owned = response;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, idle, Timeout.InfiniteTimeSpan);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var events = SseParser.Create(body).EnumerateAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        while (await NextAsync(events, cancellationToken) is { } data)
        {
            timer.Change(idle, Timeout.InfiniteTimeSpan);
            if (data == Done)
            {
                yield break;
            }

            yield return Read(data);
        }

        // A stream that ends without its mark was broken off; half an answer must not look like a whole one.
        throw Broken("The model server broke its answer off.");
    }

    private static async Task<string?> NextAsync(IAsyncEnumerator<SseItem<string>> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current.Data : null;
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken("The model server fell silent in the middle of its answer.", error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw Broken("The connection to the model server broke in the middle of its answer.", error);
        }
    }

    private static StreamChunk Read(string data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            var chunk = document.RootElement;
            if (chunk.TryGet("error", out _))
            {
                throw Broken("The model server reported an error in the middle of its answer.");
            }

            var usage = UpstreamUsage.Read(chunk);
            var tokens = chunk.Items("choices").Sum(choice => choice.TryGet("delta", out var delta) ? UpstreamUsage.Of(delta) : 0);

            // Written anew: what goes out is one line of JSON whatever came in.
            return new StreamChunk(
                JsonSerializer.SerializeToUtf8Bytes(chunk, UpstreamJson.Default.JsonElement), tokens, usage, usage is not null && !chunk.Items("choices").Any());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // InvalidOperationException: text that is not Unicode
        {
            throw Broken("The model server sent an event that is not JSON.", error);
        }
    }

    private static BackendFailedException Broken(string message, Exception? inner = null) => new(OpenAiError.Upstream(message), inner);
}
