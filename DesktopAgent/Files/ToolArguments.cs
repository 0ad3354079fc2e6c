using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SecureAgent.DesktopAgent.Files;

/// <summary>Arguments as a model gave them: often a number as text, or nothing at all.</summary>
internal sealed class ToolArguments(AIFunctionArguments arguments)
{
    public string Path => Text("path");

    public string Query => Text("query");

    /// <summary>What the call is about, for the progress line.</summary>
    public string Subject => Query is { Length: > 0 } query ? $"\"{Printable(query)}\"" : Path is { Length: > 0 } path ? Printable(path) : ".";

    public long Offset => long.TryParse(Text("offset"), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : 0;

    private string Text(string name) => arguments.TryGetValue(name, out var value)
        ? value switch
        {
            string text => text,
            JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
            JsonElement { ValueKind: JsonValueKind.Number } json => json.GetRawText(),
            _ => "",
        }
        : "";

    /// <summary>The model's text goes to a terminal: no control characters.</summary>
    private static string Printable(string text) => string.Concat(text.Take(120).Select(c => char.IsControl(c) ? '?' : c));
}
