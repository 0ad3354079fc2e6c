using SecureAgent.Policy;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>Planes a record can belong to; the closed set of `plane` values.</summary>
public static class AuditPlanes
{
    public const string Files = "files";
    public const string Egress = "egress";
    public const string Dns = "dns";
    public const string Secrets = "secrets";
    public const string Inference = "inference";
    public const string Session = "session";
    public const string Audit = "audit";
}

/// <summary>Kinds every component writes; others are named <c>noun.verb</c> and documented in the component's README.</summary>
public static class AuditKinds
{
    public const string Decision = "decision";

    /// <summary>Something was touched that no task needs; the session is frozen.</summary>
    public const string Alarm = "alarm";

    public const string Opened = "log.opened";
    public const string Recovered = "log.recovered";
    public const string Anchor = "log.anchor";
}

/// <summary>One thing to record. Values are data, never formatted into other fields; the writer escapes everything outside ASCII.</summary>
/// <param name="Kind"><see cref="AuditKinds"/> or the component's own.</param>
/// <param name="Plane">One of <see cref="AuditPlanes"/>.</param>
public sealed record AuditEntry(string Kind, string Plane)
{
    public string? Session { get; init; }

    /// <summary>What it was about: a path relative to the workspace, host:port, a secret's name. Never a value.</summary>
    public string? Subject { get; init; }

    /// <summary>The decision recorded; null for events.</summary>
    public Decision? Decision { get; init; }

    /// <summary>W3C trace id, hex.</summary>
    public string? Trace { get; init; }

    /// <summary>Further facts: bytes, hash, range, tokens. Strings, integers and booleans only.</summary>
    public IReadOnlyList<AuditFact> Facts { get; init; } = [];
}

/// <summary>A named fact of a record.</summary>
public readonly record struct AuditFact
{
    private AuditFact(string name, string? text, long number, bool isText, bool isFlag) =>
        (Name, Text, Number, IsText, IsFlag) = (name, text, number, isText, isFlag);

    public string Name { get; }

    public string? Text { get; }

    public long Number { get; }

    public bool IsText { get; }

    public bool IsFlag { get; }

    public static AuditFact Of(string name, string? value) => new(name, value, 0, true, false);

    public static AuditFact Of(string name, long value) => new(name, null, value, false, false);

    public static AuditFact Of(string name, bool value) => new(name, null, value ? 1 : 0, false, true);
}

/// <summary>The audit log cannot take the record; whatever it was about is denied (invariant 3).</summary>
public sealed class AuditUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
