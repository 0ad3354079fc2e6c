using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecureAgent.Policy;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>
/// The bytes of one record: a JSON object on one line whose last member is <c>hash</c>, the SHA-256 of every byte of the line
/// before <c>,"hash"</c>; <c>prev</c> inside those bytes is the hash of the line before. Editing, deleting, inserting or reordering breaks the chain.
/// </summary>
internal static class AuditLine
{
    public const int HashCharacters = 64;

    /// <summary>Length of <c>,"hash":"…"}</c>.</summary>
    public const int TailLength = 9 + HashCharacters + 2;

    public static string NoHash { get; } = new('0', HashCharacters);

    /// <summary>Length of <c>2026-01-31T12:00:00.000000</c>.</summary>
    private const int MicrosecondsLength = 26;

    private static ReadOnlySpan<byte> TailStart => ",\"hash\":\""u8;

    /// <summary>Writes the line with its newline and returns its hash.</summary>
    /// <param name="json">A writer into <paramref name="buffer"/>, kept from line to line.</param>
    public static string Write(ArrayBufferWriter<byte> buffer, Utf8JsonWriter json, AuditEntry entry, AuditOrigin origin, long sequence, DateTimeOffset time, string previous)
    {
        buffer.ResetWrittenCount();
        json.Reset();
        WriteFields(json, entry, origin, sequence, time, previous);
        json.Flush();
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.WrittenSpan, digest);
        var hash = Convert.ToHexStringLower(digest);
        buffer.Write(TailStart);
        Encoding.ASCII.GetBytes(hash, buffer);
        buffer.Write("\"}\n"u8);
        return hash;
    }

    /// <summary>The stored hash of a line, when its bytes match it; null when the line was changed or is not a record.</summary>
    public static string? Verify(ReadOnlySpan<byte> line)
    {
        if (line.Length <= TailLength || !line[^TailLength..].StartsWith(TailStart) || !line.EndsWith("\"}"u8))
        {
            return null;
        }

        var stored = Encoding.ASCII.GetString(line[^(HashCharacters + 2)..^2]);
        var actual = Convert.ToHexStringLower(SHA256.HashData(line[..^TailLength]));
        return string.Equals(stored, actual, StringComparison.Ordinal) ? stored : null;
    }

    private static void WriteFields(Utf8JsonWriter json, AuditEntry entry, AuditOrigin origin, long sequence, DateTimeOffset time, string previous)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", sequence);
        WriteTime(json, time);
        json.WriteString("component", origin.Component);
        json.WriteString("boot", origin.Boot);
        json.WriteString("kind", entry.Kind);
        json.WriteString("plane", entry.Plane);
        WriteOptional(json, "session", entry.Session);
        WriteOptional(json, "subject", entry.Subject);
        if (entry.Decision is { } decision)
        {
            json.WriteString("verdict", decision.IsAllowed ? "allow" : "deny");
            json.WriteString("reason", decision.Reason.Name());
            WriteOptional(json, "rule", decision.Rule is { } rule ? $"{rule.Path}:{rule.Line}" : null);
            json.WriteBoolean("default", decision.IsDefault);
        }

        WriteOptional(json, "trace", entry.Trace);
        if (entry.Facts.Count > 0)
        {
            json.WriteStartObject("facts");
            foreach (var fact in entry.Facts)
            {
                WriteFact(json, fact);
            }

            json.WriteEndObject();
        }

        // The hash ends the object.
        json.WriteString("prev", previous);
    }

    /// <summary>Microseconds. The round-trip format is one digit longer, and several times faster than one of our own.</summary>
    private static void WriteTime(Utf8JsonWriter json, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[MicrosecondsLength + 2];
        time.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        text[MicrosecondsLength] = (byte)'Z';
        json.WriteString("time", text[..(MicrosecondsLength + 1)]);
    }

    private static void WriteFact(Utf8JsonWriter json, AuditFact fact)
    {
        if (fact.IsText)
        {
            json.WriteString(fact.Name, fact.Text);
        }
        else if (fact.IsFlag)
        {
            json.WriteBoolean(fact.Name, fact.Number != 0);
        }
        else
        {
            json.WriteNumber(fact.Name, fact.Number);
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}

/// <summary>Which process of which boot wrote a record.</summary>
public sealed record AuditOrigin(string Component, string Boot);
