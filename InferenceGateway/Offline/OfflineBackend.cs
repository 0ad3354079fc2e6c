using System.Runtime.CompilerServices;
using System.Text;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Offline;

/// <summary>Serves <see cref="OfflineModel"/> in OpenAI's shapes. Nothing leaves the machine.</summary>
internal sealed class OfflineBackend(TimeProvider time) : IModelBackend
{
    public string Name => "offline";

    public Task<ModelList> ListAsync(SessionContext session, CancellationToken cancellationToken) => Task.FromResult(new ModelList([OfflineModel.Id]));

    public Task<BackendAnswer> AnswerAsync(BackendCall call, CancellationToken cancellationToken)
    {
        if (call.Request.Model != OfflineModel.Id)
        {
            return Task.FromResult<BackendAnswer>(new BackendAnswer.Failed(OpenAiError.NotFound(
                $"There is no model '{call.Request.Model}' here; this server runs '{OfflineModel.Id}'. A real model is plugged in with --model-url.", "model")));
        }

        var turn = OfflineModel.Next(call.Request);
        var writer = new CompletionWriter(Identifiers.New("chatcmpl", 20), time.GetUtcNow().ToUnixTimeSeconds(), OfflineModel.Id, OfflineModel.Fingerprint);
        return Task.FromResult<BackendAnswer>(call.Request.Stream
            ? new BackendAnswer.Streamed(StreamAsync(call, turn, writer, cancellationToken))
            : Whole(call, turn, writer));
    }

    private static BackendAnswer.Whole Whole(BackendCall call, OfflineTurn turn, CompletionWriter writer)
    {
        var limit = new OutputLimit(call.MaxTokens);
        var text = new StringBuilder();
        foreach (var piece in limit.Cut(turn.Lines))
        {
            text.Append(piece);
        }

        var tokens = turn.Calls.Count > 0 ? OfCalls(turn.Calls) : limit.Tokens;
        var usage = new Usage(ApproximateTokens.OfPrompt(call.Request), tokens, IsReported: false);
        return new BackendAnswer.Whole(
            writer.Whole(turn.Calls.Count > 0 ? null : text.ToString(), turn.Calls, FinishReason(turn, limit), usage), usage);
    }

    private static async IAsyncEnumerable<StreamChunk> StreamAsync(
        BackendCall call, OfflineTurn turn, CompletionWriter writer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var limit = new OutputLimit(call.MaxTokens);
        yield return new StreamChunk(writer.Role(), 0);
        if (turn.Calls.Count > 0)
        {
            yield return new StreamChunk(writer.Calls(turn.Calls), OfCalls(turn.Calls));
        }

        foreach (var piece in limit.Cut(turn.Lines))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new StreamChunk(writer.Text(piece), ApproximateTokens.Of(piece));

            // Ranking is done; yielding between lines lets each one go out on its own even on a busy server.
            await Task.Yield();
        }

        yield return new StreamChunk(writer.Finish(FinishReason(turn, limit)), 0);
        var usage = new Usage(ApproximateTokens.OfPrompt(call.Request), turn.Calls.Count > 0 ? OfCalls(turn.Calls) : limit.Tokens, IsReported: false);
        yield return new StreamChunk(writer.UsageOnly(usage), 0, usage, IsUsageOnly: true);
    }

    private static string FinishReason(OfflineTurn turn, OutputLimit limit) =>
        turn.Calls.Count > 0 ? "tool_calls" : limit.WasCut ? "length" : "stop";

    private static long OfCalls(IReadOnlyList<ToolCall> calls) => calls.Sum(call => ApproximateTokens.Of(call.Name) + ApproximateTokens.Of(call.Arguments));
}
