using System.Text;
using System.Text.Json;
using SecureAgent.Contracts.Changes.V1;

namespace SecureAgent.Cli.Changes;

/// <summary>The one JSON object of each <c>changes … --json</c>. Fields are only ever added.</summary>
internal static class ChangeJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public static string Sets(IEnumerable<ChangeSet> sets) => Write(json => Array(json, "sets", sets, set =>
    {
        json.WriteString("id", set.Id);
        json.WriteString("profile", set.Profile);
        json.WriteString("root", set.Root);
        json.WriteNumber("createdUnixMs", set.CreatedUnixMs);
        json.WriteNumber("changes", set.Changes);
        json.WriteNumber("held", set.Held);
        json.WriteNumber("bytes", set.Bytes);
    }));

    public static string Changes(string id, IEnumerable<Change> changes) => Write(json =>
    {
        json.WriteString("id", id);
        Array(json, "changes", changes, change =>
        {
            json.WriteString("path", change.Path);
            json.WriteString("verb", change.Verb);
            json.WriteString("held", change.Held);
            json.WriteString("conflict", change.Conflict);
            Mode(json, "oldMode", change.OldMode);
            Mode(json, "newMode", change.NewMode);
            json.WriteNumber("size", change.Size);
            json.WriteBoolean("binary", change.Binary);
            json.WriteString("diff", change.Diff);
            json.WriteBoolean("diffCut", change.DiffCut);
        });
    });

    public static string Applied(string id, ApplyResponse answer) => Write(json =>
    {
        json.WriteString("id", id);
        Texts(json, "applied", answer.Applied);
        Array(json, "held", answer.Held, held => Reason(json, held.Path, held.Why));
        Array(json, "conflicts", answer.Conflicts, conflict => Reason(json, conflict.Path, conflict.Why));
        json.WriteNumber("left", answer.Left);
    });

    public static string Discarded(string id, DiscardResponse answer) => Write(json =>
    {
        json.WriteString("id", id);
        Texts(json, "discarded", answer.Discarded);
    });

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Reason(Utf8JsonWriter json, string path, string why)
    {
        json.WriteString("path", path);
        json.WriteString("why", why);
    }

    private static void Mode(Utf8JsonWriter json, string name, int mode)
    {
        if (mode >= 0)
        {
            json.WriteString(name, Convert.ToString(mode, 8));
        }
    }
}
