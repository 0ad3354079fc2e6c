namespace SecureAgent.SecretBroker.Leases;

/// <summary>What the lines of a journal add up to.</summary>
internal sealed class JournalState
{
    public HashSet<string> Live { get; } = new(StringComparer.Ordinal);

    /// <summary>How many answers are missing, by path.</summary>
    public Dictionary<string, int> Asked { get; } = new(StringComparer.Ordinal);

    public bool IsEmpty => Live.Count == 0 && Asked.Count == 0;

    /// <summary>False for a line that no journal has.</summary>
    public bool Apply(string line)
    {
        var name = line[1..];
        switch (line[0])
        {
            case '+':
                Live.Add(name);
                return true;
            case '-':
                Live.Remove(name);
                return true;
            case '?':
                Asked[name] = Asked.GetValueOrDefault(name) + 1;
                return true;
            case '!':
                if (Asked.GetValueOrDefault(name) is > 1 and var left)
                {
                    Asked[name] = left - 1;
                    return true;
                }

                Asked.Remove(name);
                return true;
            case '=':
                Asked.Remove(name);
                return true;
            default:
                return false;
        }
    }

    public string Lines() => string.Concat(Live.Select(lease => $"+{lease}\n").Concat(Asked.Keys.Select(path => $"?{path}\n")));
}
