using System.Collections.Concurrent;
using SecureAgent.Policy.Document;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>Sessions come with the same document again and again: the last few that were in order are not parsed twice. Documents do not change.</summary>
public static class RecentPolicies
{
    private const int Most = 16;

    private static readonly ConcurrentDictionary<(string Text, string Source), PolicyParseResult> Known = new();

    public static PolicyParseResult Parse(string text, string source)
    {
        if (Known.TryGetValue((text, source), out var known))
        {
            return known;
        }

        var parsed = PolicyParser.Parse(text, source);
        if (parsed.Document is not null)
        {
            if (Known.Count >= Most)
            {
                Known.Clear();
            }

            Known[(text, source)] = parsed;
        }

        return parsed;
    }
}
