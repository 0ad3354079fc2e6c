using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>A <c>secret://NAME</c> that stands where its rule lets it.</summary>
/// <param name="Place">Name of the header field or query parameter.</param>
/// <param name="Scheme">Word before it in a field, with its space, as in <c>Bearer </c>; else empty.</param>
/// <param name="Segment">Which part of the query, from 0; -1 for a field.</param>
internal sealed record Placeholder(string Secret, string Place, string Scheme, int Segment)
{
    public bool IsField => Segment < 0;
}

/// <summary>
/// The placeholders of one request. One is the whole value of its place, with at most a scheme's word before it: nothing of the agent's can ride along.
/// Pure; for bodies see <see cref="BodyPlaceholders"/>.
/// </summary>
/// <param name="Misplaced">A place with a placeholder that no rule puts there; null for none.</param>
/// <param name="Named">The secret that the misplaced one asks for; null when it is none.</param>
internal sealed record Placeholders(IReadOnlyList<Placeholder> All, string? Misplaced, string? Named)
{
    public static Placeholders None { get; } = new([], null, null);

    public static Placeholders Find(IReadOnlyList<PlaceholderRule> rules, IHeaderDictionary fields, string pathAndQuery)
    {
        if (rules.Count == 0)
        {
            return None;
        }

        var found = new List<Placeholder>();
        foreach (var (name, values) in fields)
        {
            if (!values.Any(PlaceholderText.IsMarked))
            {
                continue;
            }

            if (values is not [{ } value] || PlaceholderText.Read(value) is not var (scheme, secret))
            {
                return new Placeholders(found, name, null);
            }

            var placeholder = new Placeholder(secret, name, scheme, -1);
            if (!rules.Any(rule => rule.Secret == placeholder.Secret && rule.Fields.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                return new Placeholders(found, name, placeholder.Secret);
            }

            found.Add(placeholder);
        }

        return FindInQuery(rules, pathAndQuery, found);
    }

    /// <summary>Puts values into the query; all other parts of it stay byte for byte.</summary>
    public string Fill(string pathAndQuery, Func<string, string> valueOf)
    {
        var query = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        if (query < 0 || All.All(placeholder => placeholder.IsField))
        {
            return pathAndQuery;
        }

        var segments = pathAndQuery[(query + 1)..].Split('&');
        foreach (var placeholder in All.Where(placeholder => !placeholder.IsField))
        {
            var segment = segments[placeholder.Segment];
            segments[placeholder.Segment] = segment[..(segment.IndexOf('=', StringComparison.Ordinal) + 1)] + valueOf(placeholder.Secret);
        }

        return pathAndQuery[..(query + 1)] + string.Join('&', segments);
    }

    /// <summary>The target without them, for those who look for other credentials.</summary>
    public string Without(string pathAndQuery)
    {
        var query = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        return query < 0
            ? pathAndQuery
            : pathAndQuery[..(query + 1)] + string.Join('&', pathAndQuery[(query + 1)..].Split('&').Where((_, at) => All.All(placeholder => placeholder.Segment != at)));
    }

    private static Placeholders FindInQuery(IReadOnlyList<PlaceholderRule> rules, string pathAndQuery, List<Placeholder> found)
    {
        var query = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var segments = query < 0 ? [] : pathAndQuery[(query + 1)..].Split('&');
        for (var at = 0; at < segments.Length; at++)
        {
            var decoded = Uri.UnescapeDataString(segments[at]);
            if (!PlaceholderText.IsMarked(decoded))
            {
                continue;
            }

            var equals = segments[at].IndexOf('=', StringComparison.Ordinal);
            var name = Uri.UnescapeDataString(equals < 0 ? segments[at] : segments[at][..equals]);
            if (PlaceholderText.ReadBare(equals < 0 ? "" : Uri.UnescapeDataString(segments[at][(equals + 1)..])) is not { } secret)
            {
                return new Placeholders(found, name, null);
            }

            if (!rules.Any(rule => rule.Secret == secret && rule.Query.Contains(name, StringComparer.Ordinal)))
            {
                return new Placeholders(found, name, secret);
            }

            found.Add(new Placeholder(secret, name, "", at));
        }

        return new Placeholders(found, null, null);
    }
}
