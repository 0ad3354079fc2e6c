using System.Text;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>
/// Chunks as a row of items, each opened, filled and closed: text, or one call of a tool. Formats that name each item's begin and end build on it.
/// </summary>
internal abstract class ItemEvents : IAnswerEvents
{
    private readonly StringBuilder content = new();
    private readonly List<ServerEvent> made = [];
    private (long Index, string Id, string Name)? call;
    private bool isText;
    private bool hadCalls;
    private string? finish;

    /// <summary>Place of the item that is open, or of the next one.</summary>
    protected int Place { get; private set; }

    protected FinishReason Finish => ChatAnswer.Finished(finish, hadCalls);

    public IEnumerable<ServerEvent> Begin() => Made(Started);

    public IEnumerable<ServerEvent> Of(StreamChunk chunk) => Made(() =>
    {
        var read = ChatChunk.Read(chunk.Json);
        finish = read.Finish ?? finish;
        Text(read.Text);
        foreach (var delta in read.Calls)
        {
            Call(delta);
        }
    });

    public IEnumerable<ServerEvent> End(Usage usage) => Made(() =>
    {
        Close();
        Finished(usage);
    });

    public abstract ServerEvent Broken(OpenAiError error);

    /// <summary>Adds an event to those that the step at hand makes.</summary>
    protected void Emit(ServerEvent item) => made.Add(item);

    protected abstract void Started();

    protected abstract void OpenText();

    protected abstract void TextDelta(string text);

    protected abstract void CloseText(string whole);

    protected abstract void OpenCall(string id, string name);

    protected abstract void ArgumentsDelta(string json);

    protected abstract void CloseCall(ToolCall whole);

    protected abstract void Finished(Usage usage);

    private List<ServerEvent> Made(Action step)
    {
        made.Clear();
        step();
        return made;
    }

    private void Text(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (!isText)
        {
            Close();
            OpenText();
            isText = true;
        }

        content.Append(text);
        TextDelta(text);
    }

    private void Call(ToolDelta delta)
    {
        if (call?.Index != delta.Index)
        {
            // A later part of a call that is closed has no name either: it must not become a call of its own.
            var name = delta.Name is { Length: > 0 } given ? given : throw ChatAnswer.Broken("The model server's answer has a tool call without a name, or mixes the parts of several.");
            var id = ChatAnswer.CallId(delta.Id);
            Close();
            OpenCall(id, name);
            (call, hadCalls) = ((delta.Index, id, name), true);
        }

        if (delta.Arguments.Length > 0)
        {
            content.Append(delta.Arguments);
            ArgumentsDelta(delta.Arguments);
        }
    }

    private void Close()
    {
        if (call is { } open)
        {
            if (content.Length == 0)
            {
                content.Append("{}");
                ArgumentsDelta("{}");
            }

            CloseCall(new ToolCall(open.Id, open.Name, content.ToString()));
        }
        else if (isText)
        {
            CloseText(content.ToString());
        }
        else
        {
            return;
        }

        content.Clear();
        (call, isText) = (null, false);
        Place++;
    }
}
