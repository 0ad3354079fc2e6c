using System.Text;
using System.Text.Json;
using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>A <c>secret://NAME</c> in a body, where its rule lets it. Places are in bytes.</summary>
/// <param name="NameAt">Where its field's name begins.</param>
/// <param name="ValueAt">Where the bytes begin whose place the value takes; in JSON with the quotes.</param>
internal sealed record BodyPlaceholder(string Secret, int NameAt, int ValueAt, int ValueLength)
{
    public int End => ValueAt + ValueLength;
}

/// <summary>The placeholders of one form or JSON body. One is the whole value of a listed field. Pure; all other bytes stay as they are.</summary>
/// <param name="Misplaced">A field with a placeholder that no rule puts there; null for none.</param>
/// <param name="Named">The secret that the misplaced one asks for; null when it is none.</param>
internal sealed record BodyPlaceholders(IReadOnlyList<BodyPlaceholder> All, string? Misplaced, string? Named)
{
    public static BodyPlaceholders None { get; } = new([], null, null);

    public bool IsJson { get; private init; }

    public static BodyPlaceholders InForm(IReadOnlyList<PlaceholderRule> rules, ReadOnlySpan<byte> body)
    {
        var found = new List<BodyPlaceholder>();
        var at = 0;
        foreach (var segment in Encoding.Latin1.GetString(body).Split('&'))
        {
            var value = segment.IndexOf('=', StringComparison.Ordinal) + 1;
            if (PlaceholderText.IsMarked(Decode(segment)))
            {
                var name = value == 0 ? null : Decode(segment[..(value - 1)]);
                if (Add(rules, found, name, Decode(segment[value..]), new BodyPlaceholder("", at, at + value, segment.Length - value)) is { } misplaced)
                {
                    return misplaced;
                }
            }

            at += segment.Length + 1;
        }

        return new BodyPlaceholders(found, null, null);
    }

    /// <summary>Throws <see cref="JsonException"/> or <see cref="InvalidOperationException"/> for what is no JSON.</summary>
    public static BodyPlaceholders InJson(IReadOnlyList<PlaceholderRule> rules, ReadOnlySpan<byte> json, JsonReaderOptions options)
    {
        var found = new List<BodyPlaceholder>();
        var reader = new Utf8JsonReader(json, options);
        var place = new JsonPlace();
        while (reader.Read())
        {
            place.Take(ref reader);
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || reader.GetString() is not { } text || !PlaceholderText.IsMarked(text))
            {
                continue;
            }

            var start = (int)reader.TokenStartIndex;
            var name = reader.TokenType == JsonTokenType.String ? place.Name : null;
            if (Add(rules, found, name, text, new BodyPlaceholder("", place.NameAt, start, reader.ValueSpan.Length + 2)) is { } misplaced)
            {
                return misplaced;
            }
        }

        return new BodyPlaceholders(found, null, null) { IsJson = true };
    }

    /// <summary>The body with the values in it. The caller wipes it.</summary>
    /// <param name="valueOf">A secret's value as it stands in such a body.</param>
    public byte[] Fill(ReadOnlySpan<byte> body, Func<string, byte[]> valueOf)
    {
        var values = All.Select(one => valueOf(one.Secret)).ToList();
        var filled = GC.AllocateUninitializedArray<byte>(body.Length + All.Zip(values).Sum(pair => pair.Second.Length - pair.First.ValueLength), pinned: true);
        var (from, to) = (0, 0);
        foreach (var (one, value) in All.Zip(values))
        {
            body[from..one.ValueAt].CopyTo(filled.AsSpan(to));
            to += one.ValueAt - from;
            value.CopyTo(filled.AsSpan(to));
            to += value.Length;
            from = one.End;
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(value);
        }

        body[from..].CopyTo(filled.AsSpan(to));
        return filled;
    }

    private static BodyPlaceholders? Add(IReadOnlyList<PlaceholderRule> rules, List<BodyPlaceholder> found, string? name, string value, BodyPlaceholder place)
    {
        var secret = PlaceholderText.ReadBare(value);
        if (secret is null || name is null || !rules.Any(rule => rule.Secret == secret && rule.Body.Contains(name, StringComparer.Ordinal)))
        {
            return new BodyPlaceholders(found, name ?? "the body", secret);
        }

        found.Add(place with { Secret = secret });
        return null;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
