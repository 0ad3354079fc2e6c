using System.Security.Cryptography;
using System.Text;
using SecureAgent.InferenceGateway.Offline.Answering;
using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Offline;

/// <summary>Either calls or text.</summary>
internal sealed record OfflineTurn(IReadOnlyList<ToolCall> Calls, IEnumerable<string> Lines)
{
    public static OfflineTurn Ask(IReadOnlyList<ToolCall> calls) => new(calls, []);

    public static OfflineTurn Answer(IEnumerable<string> lines) => new([], lines);
}

/// <summary>
/// A model without weights: it plans list, search and read calls, then quotes the best sentences with their place. Deterministic, stateless,
/// pure: the same chat gives the same turn. It does not reason and says so.
/// </summary>
internal static class OfflineModel
{
    public const string Id = "offline-extractive";

    /// <summary>Reported as <c>system_fingerprint</c>; changes when answers may change.</summary>
    public const string Fingerprint = "offline-extractive-1";

    public static OfflineTurn Next(ChatRequest request)
    {
        var tools = new ToolCatalog(request.Tools);
        var transcript = Transcript.Read(request.Messages, tools);
        var task = TaskReading.Read(Instruction(transcript.Task));
        var planned = request.ToolChoice.Mode switch
        {
            ToolChoiceMode.None => [],
            _ when request.ToolChoice.Function is { } name => [ForcedCall.To(request.Tools, name, task)],
            _ => new Planner(tools).Next(transcript, task),
        };
        if (planned.Count == 0 && request.ToolChoice.Mode == ToolChoiceMode.Required && request.Tools.Count > 0)
        {
            planned = [ForcedCall.To(request.Tools, request.Tools[0].Name, task)];
        }

        if (planned.Count == 0)
        {
            return OfflineTurn.Answer(new AnswerWriter(Evidence.Gather(transcript), task).Lines());
        }

        var calls = request.ParallelToolCalls ? planned : planned.Take(1);
        return OfflineTurn.Ask([.. calls.Select((call, i) => new ToolCall(CallId(call, transcript.Calls.Count + i), call.Tool, call.Arguments))]);
    }

    /// <summary>When the message brings the material with it, the instruction is its first or last line.</summary>
    private static string Instruction(string task)
    {
        if (!Evidence.IsMaterial(task))
        {
            return task;
        }

        var lines = task.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "" : $"{lines[0]}\n{lines[^1]}";
    }

    /// <summary>Unique within the chat and the same for the same chat.</summary>
    private static string CallId(PlannedCall call, int ordinal) =>
        $"call_{ordinal:x4}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(call.Tool + call.Arguments)))[..8]}";
}
