using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Document;

/// <summary>A parsed, validated policy document. Immutable; every list that is missing in YAML is empty here and allows nothing.</summary>
public sealed record PolicyDocument(IReadOnlyDictionary<string, Profile> Profiles);

/// <summary>What one session may do.</summary>
public sealed record Profile(string Name, int Line)
{
    public SandboxPolicy Sandbox { get; init; } = SandboxPolicy.Default;

    public IReadOnlyList<FileGrant> Files { get; init; } = [];

    public IReadOnlyList<EgressRule> Egress { get; init; } = [];

    public EgressBudget EgressBudget { get; init; } = EgressBudget.None;

    public IReadOnlyList<SecretGrant> Secrets { get; init; } = [];

    /// <summary>Null when the profile has no <c>inference</c> section: no model may be called.</summary>
    public InferencePolicy? Inference { get; init; }

    /// <summary>Planes with decoys: <c>files</c>, <c>hosts</c>, <c>secrets</c>.</summary>
    public IReadOnlyList<string> Honeypots { get; init; } = [];

    /// <summary>Planes where an unmatched request is held for the operator: <c>egress</c>, <c>write</c>.</summary>
    public IReadOnlyList<string> Ask { get; init; } = [];

    /// <summary>MCP servers of the session, each in a sandbox of its own.</summary>
    public IReadOnlyList<McpServer> McpServers { get; init; } = [];
}

/// <param name="Command">Speaks MCP on stdin and stdout.</param>
/// <param name="Profile">What it may do itself. In the document it stands under <see cref="ProfileName"/>, for the gates.</param>
public sealed record McpServer(string Name, IReadOnlyList<string> Command, Profile Profile)
{
    public static string ProfileName(string profile, string server) => $"{profile}/{server}";
}

/// <param name="Driver"><c>bubblewrap</c>, <c>gvisor</c>, <c>container</c> or <c>auto</c>.</param>
/// <param name="Cpu">Cores, 0.1 to 64.</param>
/// <param name="MemoryBytes">64 MiB to 1 TiB.</param>
/// <param name="Pids">Processes and threads, 16 to 32768.</param>
/// <param name="WallClock">1 s to 24 h.</param>
/// <param name="OutputBytes">Bytes of stdout and stderr together before the session ends, 1 KiB to 16 GiB.</param>
/// <param name="TmpBytes">Size of the private /tmp and of the private home, each.</param>
public sealed record SandboxPolicy(
    string Driver, double Cpu, long MemoryBytes, int Pids, TimeSpan WallClock, long OutputBytes, long TmpBytes)
{
    public static SandboxPolicy Default { get; } =
        new("bubblewrap", 1, 1L << 30, 256, TimeSpan.FromMinutes(30), 64L << 20, 256L << 20);

    /// <summary>Host directories with installed programs, seen read-only at the same path.</summary>
    public ValueList<string> Tools { get; init; } = new([]);

    /// <summary>Added to the agent's environment, or in place of what is there.</summary>
    public ValueList<NamedText> Environment { get; init; } = new([]);

    /// <summary>Files of the agent's home when it starts, by relative path.</summary>
    public ValueList<NamedText> Home { get; init; } = new([]);
}

public sealed record NamedText(string Name, string Text);

/// <summary>Zero is no access.</summary>
public enum FileAccessMode
{
    None = 0,
    Read,
    Propose,
    Write,
}

/// <summary>How files reach a session.</summary>
public enum FileDelivery
{
    /// <summary>Over the gate's surfaces alone.</summary>
    Api = 0,

    /// <summary>Also as a private copy, whose changes are proposals.</summary>
    Copy,
}

/// <summary>What is done about a secret inside a file that may be read. Zero is the strictest.</summary>
public enum RedactionMode
{
    /// <summary>The read is refused.</summary>
    Block = 0,

    /// <summary>The secret's bytes are replaced one for one; offsets and sizes stay.</summary>
    Mask,

    /// <summary>Content leaves as it is.</summary>
    Off,
}

/// <summary>One folder the session may see.</summary>
/// <param name="Root"><c>${workspace}</c> or an absolute path.</param>
/// <param name="Allow">Globs relative to the root. Empty allows nothing.</param>
/// <param name="Deny">Globs evaluated before <paramref name="Allow"/>.</param>
/// <param name="MaxFileBytes">Largest file that may be read.</param>
/// <param name="BudgetBytes">Bytes the session may read in all.</param>
/// <param name="Hidden">Whether names that begin with a dot may be seen.</param>
/// <param name="HardLinks">Whether a file with more than one link may be read.</param>
public sealed record FileGrant(
    string Root,
    IReadOnlyList<Glob> Allow,
    IReadOnlyList<Glob> Deny,
    FileAccessMode Access,
    long MaxFileBytes,
    long BudgetBytes,
    bool Hidden,
    bool HardLinks,
    RuleRef Rule)
{
    /// <summary>What happens to secrets in the content that leaves.</summary>
    public RedactionMode Redact { get; init; } = RedactionMode.Mask;

    /// <summary>Types of content that may be read and written.</summary>
    public FileTypes Types { get; init; } = FileTypes.Any;

    /// <summary>Different files the session may read and write in all.</summary>
    public int MaxFiles { get; init; } = Keys.FileKeys.DefaultMaxFiles;

    public FileDelivery Deliver { get; init; }
}

/// <summary>One destination the session may reach.</summary>
/// <param name="Host">Canonical host: an exact name, <c>*.suffix</c> (one or more labels), or an IP address.</param>
/// <param name="Ports">Never empty; YAML default is 443.</param>
/// <param name="AllowPrivate">Whether private, loopback and link-local addresses may be dialled. Metadata addresses never.</param>
/// <param name="Inject">Name under <c>secrets</c> whose credential the proxy adds; null for none.</param>
public sealed record EgressRule(
    string Host, IReadOnlyList<int> Ports, InspectRule? Inspect, string? Inject, bool AllowPrivate, RuleRef Rule)
{
    /// <summary>Whether tunnels may carry anything. Otherwise TLS in them names the host, and on <see cref="Egress.TlsPorts"/> they carry TLS.</summary>
    public bool Opaque { get; init; }

    /// <summary>Name below which the proxy itself serves this rule's host as a base URL; null for none.</summary>
    public string? Route { get; init; }

    /// <summary>Where <c>secret://NAME</c> is replaced by the secret's value.</summary>
    public IReadOnlyList<PlaceholderRule> Placeholders { get; init; } = [];

    /// <summary>Whether requests under this rule may carry the secret.</summary>
    public bool Carries(string secret) =>
        string.Equals(Inject, secret, StringComparison.Ordinal) || Placeholders.Any(placeholder => string.Equals(placeholder.Secret, secret, StringComparison.Ordinal));
}

/// <summary>Places where one secret's placeholder may stand.</summary>
/// <param name="Fields">Header fields, compared without case.</param>
/// <param name="Query">Query parameters.</param>
/// <param name="Body">Fields of a form, or names in a JSON document from the outermost object on, joined with dots.</param>
public sealed record PlaceholderRule(string Secret, IReadOnlyList<string> Fields, IReadOnlyList<string> Query, IReadOnlyList<string> Body);

/// <summary>What requests to a destination may be. Empty lists allow nothing.</summary>
public sealed record InspectRule(IReadOnlyList<string> Methods, IReadOnlyList<UrlPathPattern> Paths)
{
    /// <summary>Protocols a request may switch to.</summary>
    public IReadOnlyList<string> Upgrades { get; init; } = [];

    /// <summary>Fields that go out, <c>NAME</c> or <c>NAME*</c>. Null for all, empty for none; see <see cref="Egress.HeaderFields"/>.</summary>
    public IReadOnlyList<string>? Headers { get; init; }

    /// <summary>Fields that are taken away, asked first.</summary>
    public IReadOnlyList<string> StripHeaders { get; init; } = [];

    /// <summary>Null for no limit.</summary>
    public long? MaxRequestBytes { get; init; }

    /// <summary>Null for no limit.</summary>
    public long? MaxResponseBytes { get; init; }

    /// <summary>Null for no limit.</summary>
    public TimeSpan? MaxTime { get; init; }
}

/// <summary>A secret the gates may lease for this profile.</summary>
/// <param name="Source">Where the value comes from.</param>
/// <param name="Header">Header that carries it.</param>
/// <param name="Prefix">Text before the value in that header, e.g. <c>"Bearer "</c>.</param>
/// <param name="Host">The only host it may be sent to.</param>
/// <param name="Methods">Allowed HTTP methods; empty in YAML means the default: GET, HEAD, POST.</param>
public sealed record SecretGrant(
    string Name, SecretSource Source, string Header, string Prefix, string Host,
    IReadOnlyList<string> Methods, TimeSpan Ttl, RuleRef Rule)
{
    /// <summary><c>deliver: agent</c>: no gate adds it; the sandbox asks for the value.</summary>
    public bool IsForAgent { get; init; }

    /// <summary>For an HTTP proxy that the egress proxy goes out through, and for no destination.</summary>
    public bool IsForProxy => string.Equals(Header, "Proxy-Authorization", StringComparison.OrdinalIgnoreCase);
}

/// <summary><c>embedded: NAME</c> or <c>vault: "mount/path#field"</c>.</summary>
public abstract record SecretSource
{
    public sealed record Embedded(string Name) : SecretSource;

    public sealed record Vault(string Mount, string Path, string Field) : SecretSource;
}

/// <param name="Models">Globs over model names. Empty allows none.</param>
/// <param name="MaxTokens">Tokens, in and out, per session.</param>
public sealed record InferencePolicy(IReadOnlyList<Glob> Models, long MaxTokens, RuleRef Rule);
