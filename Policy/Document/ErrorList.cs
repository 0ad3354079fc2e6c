namespace SecureAgent.Policy.Document;

/// <summary>Everything that is wrong with one document, bounded so that garbage does not become megabytes of messages.</summary>
internal sealed class ErrorList(string source)
{
    private const int Max = 500;

    private readonly List<PolicyError> _errors = [];

    public int Count => _errors.Count;

    /// <summary>Further errors are dropped; whoever would search long for a hint need not.</summary>
    public bool IsFull => _errors.Count >= Max;

    public void Add(int line, int column, string message)
    {
        if (!IsFull)
        {
            _errors.Add(new PolicyError(source, Math.Max(line, 1), Math.Max(column, 1), message));
        }
    }

    public void Add((int Line, int Column) at, string message) => Add(at.Line, at.Column, message);

    /// <summary>In reading order.</summary>
    public IReadOnlyList<PolicyError> ToSorted() => [.. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column)];
}
