using System.Text.Json;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>One record as read back.</summary>
public sealed record AuditRecord(
    long Sequence, DateTimeOffset Time, string Component, string Boot, string Kind, string Plane, string? Session, string? Subject,
    string? Verdict, string? Reason, string? Rule, bool? IsDefault, string? Trace, IReadOnlyDictionary<string, string> Facts, string Json)
{
    public bool IsDecision => Verdict is not null;

    public bool IsAllowed => Verdict == "allow";

    /// <summary>A numeric fact, 0 when absent.</summary>
    public long Number(string fact) =>
        Facts.TryGetValue(fact, out var text) && long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : 0;

    /// <summary>Throws <see cref="JsonException"/> or <see cref="InvalidDataException"/> when the line is not a record.</summary>
    public static AuditRecord Parse(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new AuditRecord(
            Required(root, "seq").GetInt64(), Required(root, "time").GetDateTimeOffset(), Required(root, "component").GetString()!,
            Required(root, "boot").GetString()!, Required(root, "kind").GetString()!, Required(root, "plane").GetString()!,
            Optional(root, "session"), Optional(root, "subject"), Optional(root, "verdict"), Optional(root, "reason"), Optional(root, "rule"),
            root.TryGetProperty("default", out var isDefault) ? isDefault.GetBoolean() : null, Optional(root, "trace"), Facts_(root),
            System.Text.Encoding.UTF8.GetString(line.Span));
    }

    private static Dictionary<string, string> Facts_(JsonElement root) =>
        root.TryGetProperty("facts", out var facts)
            ? facts.EnumerateObject().ToDictionary(fact => fact.Name, fact => fact.Value.ToString(), StringComparer.Ordinal)
            : [];

    private static JsonElement Required(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value : throw new InvalidDataException($"the record has no '{name}'");

    private static string? Optional(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
}
