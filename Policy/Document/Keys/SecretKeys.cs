using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Policy.Document.Keys;

internal static class SecretKeys
{
    private static readonly IReadOnlyList<string> DefaultMethods = ["GET", "HEAD", "POST"];

    public static Key<string> Header { get; } = new("header", new TextType(Patterns.Header), "", "Header that carries the value.", IsRequired: true);

    public static Key<string> Prefix { get; } = new(
        "prefix", new TextType(Patterns.Prefix), "", "Text before the value in the header.", DefaultText: "");

    public static Key<string> Host { get; } = new("host", new HostType(mayBeWildcard: false), "", "The only host the value is sent to.", IsRequired: true);

    public static Key<IReadOnlyList<string>> Methods { get; } = new(
        "methods", new ListType<string>(new TextType(Patterns.Method), isNeverEmpty: true), DefaultMethods,
        "HTTP methods that may carry it.", DefaultText: "[GET, HEAD, POST]");

    private static readonly ObjectType<Delivery> DeliverType = new(
        new ObjectShape("secrets.NAME.deliver", "Where and how a gate adds the value. The sandbox never sees it.", [Header, Prefix, Host, Methods]),
        view => new Delivery(view.Get(Header), view.Get(Prefix), view.Get(Host), view.Get(Methods)));

    public static Key<string> Vault { get; } = new("vault", new TextType(Patterns.Vault), "", "A field in Vault or OpenBao. Exactly one of vault and embedded.");

    public static Key<string> Embedded { get; } = new(
        "embedded", new TextType(Patterns.StoreName), "", "A name in the embedded store (secure-agent secret set NAME). Exactly one of vault and embedded.");

    public static Key<Delivery> Deliver { get; } = new(
        "deliver", new WordOr<Delivery>(ForAgent, Delivery.ToAgent, DeliverType), new Delivery("", "", "", []),
        "Where and how a gate adds it. agent: no gate does; the sandbox may ask for the value itself, and then holds it.", IsRequired: true);

    public static Key<TimeSpan> Ttl { get; } = new(
        "ttl", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), TimeSpan.FromMinutes(15),
        "Life of a lease; it ends with the session at the latest.", DefaultText: "15m");

    public static ObjectShape Shape { get; } = new(
        "secrets.NAME", "A credential that gates may lease for this profile; it is bound to one host.", [Vault, Embedded, Deliver, Ttl],
        ExactlyOneOf: [Vault, Embedded]);

    public static ObjectType<SecretGrant> Type { get; } = new(Shape, Build);

    /// <summary>Delivered to the sandbox itself.</summary>
    public const string ForAgent = "agent";

    internal sealed record Delivery(string Header, string Prefix, string Host, IReadOnlyList<string> Methods)
    {
        public static Delivery ToAgent { get; } = new("", "", "", []);
    }

    private static SecretGrant Build(ObjectView view)
    {
        var deliver = view.Get(Deliver);
        return new SecretGrant(
            view.Name, Source(view.Get(Vault), view.Get(Embedded)), deliver.Header, deliver.Prefix, deliver.Host, deliver.Methods, view.Get(Ttl), view.Rule())
        {
            IsForAgent = ReferenceEquals(deliver, Delivery.ToAgent),
        };
    }

    /// <summary><c>mount/path#field</c>; the mount is the first segment.</summary>
    private static SecretSource Source(string vault, string embedded)
    {
        var (slash, hash) = (vault.IndexOf('/', StringComparison.Ordinal), vault.IndexOf('#', StringComparison.Ordinal));
        return slash > 0 && hash > slash
            ? new SecretSource.Vault(vault[..slash], vault[(slash + 1)..hash], vault[(hash + 1)..])
            : new SecretSource.Embedded(embedded);
    }
}
