using System.Text;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>
/// Sends an answer as server-sent events, flushed as its chunks come. What marks it as whole is only sent after the receipt.
/// </summary>
internal sealed class AnswerStream(HttpResponse response, Receipt receipt, long ceiling, IAnswerEvents events)
{
    private static readonly byte[] Data = "data: "u8.ToArray();
    private static readonly byte[] End = "\n\n"u8.ToArray();

    public async Task SendAsync(IAsyncEnumerable<StreamChunk> chunks, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        Usage? reported = null;
        try
        {
            await WriteAsync(events.Begin(), cancellationToken);
            await foreach (var chunk in chunks.WithCancellation(cancellationToken))
            {
                reported = chunk.Usage ?? reported;
                if (receipt.Released + chunk.Tokens > ceiling)
                {
                    await EndEarlyAsync(Refusals.BudgetEnded(), Outcomes.Cut, cancellationToken);
                    return;
                }

                receipt.Count(chunk.Tokens);
                await WriteAsync(events.Of(chunk), cancellationToken);
            }
        }
        catch (BackendFailedException failed)
        {
            await EndEarlyAsync(failed.Error, Outcomes.Failed, cancellationToken);
            return;
        }

        var usage = reported ?? receipt.SoFar;
        receipt.Write(usage, Outcomes.Completed);
        await WriteAsync(events.End(usage), cancellationToken);
    }

    /// <summary>The status line is gone already: the error is an event, and nothing follows it.</summary>
    private async Task EndEarlyAsync(OpenAiError error, string outcome, CancellationToken cancellationToken)
    {
        receipt.WriteSoFar(outcome, error.Reason);
        await WriteAsync([events.Broken(error)], cancellationToken);
    }

    private async Task WriteAsync(IEnumerable<ServerEvent> batch, CancellationToken cancellationToken)
    {
        var body = response.Body;
        var any = false;
        foreach (var item in batch)
        {
            any = true;
            if (item.Name is { } name)
            {
                await body.WriteAsync(Encoding.UTF8.GetBytes($"event: {name}\n"), cancellationToken);
            }

            await body.WriteAsync(Data, cancellationToken);
            await body.WriteAsync(item.Data, cancellationToken);
            await body.WriteAsync(End, cancellationToken);
        }

        if (any)
        {
            await body.FlushAsync(cancellationToken);
        }
    }
}
