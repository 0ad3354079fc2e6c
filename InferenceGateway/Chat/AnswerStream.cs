using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>
/// Sends chunks as server-sent events (WHATWG HTML §9.2), each one flushed as it comes. The closing <c>[DONE]</c> is only sent after the receipt.
/// </summary>
internal sealed class AnswerStream(HttpResponse response, Receipt receipt, long ceiling, bool includeUsage)
{
    private static readonly byte[] Field = "data: "u8.ToArray();
    private static readonly byte[] End = "\n\n"u8.ToArray();
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    public async Task SendAsync(IAsyncEnumerable<StreamChunk> chunks, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        Usage? reported = null;
        try
        {
            await foreach (var chunk in chunks.WithCancellation(cancellationToken))
            {
                reported = chunk.Usage ?? reported;
                if (chunk.IsUsageOnly && !includeUsage)
                {
                    continue;
                }

                if (receipt.Released + chunk.Tokens > ceiling)
                {
                    await EndEarlyAsync(Refusals.BudgetEnded(), Outcomes.Cut, cancellationToken);
                    return;
                }

                receipt.Count(chunk.Tokens);
                await EventAsync(chunk.Json, cancellationToken);
            }
        }
        catch (BackendFailedException failed)
        {
            await EndEarlyAsync(failed.Error, Outcomes.Failed, cancellationToken);
            return;
        }

        if (reported is { } usage)
        {
            receipt.Write(usage, Outcomes.Completed);
        }
        else
        {
            receipt.WriteSoFar(Outcomes.Completed);
        }

        await EventAsync(Done, cancellationToken);
    }

    /// <summary>The status line is gone already: the error is an event, and no [DONE] follows it.</summary>
    private async Task EndEarlyAsync(OpenAiError error, string outcome, CancellationToken cancellationToken)
    {
        receipt.WriteSoFar(outcome, error.Reason);
        await EventAsync(error.ToJson(), cancellationToken);
    }

    /// <param name="json">One line: JSON writers put no line breaks, and upstream lines were split at them.</param>
    private async Task EventAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var body = response.Body;
        await body.WriteAsync(Field, cancellationToken);
        await body.WriteAsync(json, cancellationToken);
        await body.WriteAsync(End, cancellationToken);
        await body.FlushAsync(cancellationToken);
    }
}
