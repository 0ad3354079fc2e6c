using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Document.Keys;

internal static class EgressKeys
{
    private static readonly ListType<string> MethodList = new(new TextType(Patterns.Method), isNeverEmpty: true);

    private static ValueType<long?> Bytes { get; } = new As<long, long?>(new SizeType(1, 1L << 40), value => value);

    public static Key<IReadOnlyList<string>> Methods { get; } = new("methods", MethodList, [], "HTTP methods that may pass.", IsRequired: true);

    public static Key<IReadOnlyList<UrlPathPattern>> Paths { get; } = new(
        "paths", new ListType<UrlPathPattern>(new UrlPathType(), isNeverEmpty: true), [], "Path patterns that may pass.", IsRequired: true);

    public static Key<IReadOnlyList<string>> Upgrades { get; } = new(
        "upgrades", new ListType<string>(new ChoiceType<string>((InspectPolicy.WebSocket, InspectPolicy.WebSocket))), [],
        "Protocols a request may switch to. What follows the switch is not looked into.", DefaultText: "[]");

    private static readonly ListType<string> FieldList = new(new TextType(Patterns.HeaderPattern));

    public static Key<IReadOnlyList<string>?> Headers { get; } = new(
        "headers", new As<IReadOnlyList<string>, IReadOnlyList<string>?>(FieldList, value => value), null,
        "Header fields of a request that go out, NAME or NAME*; others are taken away, but for those that frame it. Missing: all go out. [] : none.");

    public static Key<IReadOnlyList<string>> StripHeaders { get; } = new(
        "stripHeaders", FieldList, [], "Header fields of a request that are taken away, NAME or NAME*, before headers is asked.", DefaultText: "[]");

    public static Key<long?> MaxRequest { get; } = new(
        "maxRequest", Bytes, null, "Longest body of one request; a longer one is refused, or cut where it did not say its length. Missing: no limit.");

    public static Key<long?> MaxResponse { get; } = new(
        "maxResponse", Bytes, null, "Longest body of one answer; a longer one is refused, or cut where it did not say its length. Missing: no limit.");

    public static Key<TimeSpan?> MaxTime { get; } = new(
        "maxTime", new As<TimeSpan, TimeSpan?>(new DurationType(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(24)), value => value), null,
        "Longest time of one request, from its head to the last byte of its answer. Missing: no limit.");

    public static ObjectType<InspectRule> Inspect { get; } = new(
        new ObjectShape(
            "egress[].inspect", "Opens TLS at the proxy and judges each request.",
            [Methods, Paths, Upgrades, Headers, StripHeaders, MaxRequest, MaxResponse, MaxTime]),
        view => new InspectRule(view.Get(Methods), view.Get(Paths))
        {
            Upgrades = view.Get(Upgrades),
            Headers = view.Get(Headers),
            StripHeaders = view.Get(StripHeaders),
            MaxRequestBytes = view.Get(MaxRequest),
            MaxResponseBytes = view.Get(MaxResponse),
            MaxTime = view.Get(MaxTime),
        });

    public static Key<string> Host { get; } = new(
        "host", new HostType(mayBeWildcard: true), "", "A name, *.suffix (one or more labels before it), an IP address, or a block of addresses in CIDR form, for addresses that are asked for as such; no port, no URL.", IsRequired: true);

    public static Key<IReadOnlyList<int>> Ports { get; } = new(
        "ports", new ListType<int>(new As<decimal, int>(new NumberType(1, 65535, isWhole: true), value => (int)value), isNeverEmpty: true), [443],
        "TCP ports.", DefaultText: "[443]");

    public static Key<InspectRule?> InspectRule { get; } = new(
        "inspect", new As<InspectRule, InspectRule?>(Inspect, value => value), null, "Judge methods and paths, too.");

    public static Key<string?> Inject { get; } = new(
        "inject", new As<string, string?>(new TextType(Patterns.SecretName), value => value), null,
        "Name under secrets whose credential the proxy adds. Its deliver.host must be this host.");

    public static Key<bool> AllowPrivate { get; } = new(
        "allowPrivate", new FlagType(), false,
        "Whether the name may resolve to private, loopback or link-local addresses. Cloud metadata addresses never.", DefaultText: "false");

    public static Key<bool> Opaque { get; } = new(
        "opaque", new FlagType(), false,
        "Whether tunnels are not looked into. Otherwise TLS must name this host in the clear, and on ports of TLS nothing else passes.", DefaultText: "false");

    public static Key<string?> Route { get; } = new(
        "route", new As<string, string?>(new TextType(Patterns.SecretName), value => value), null,
        "Name for a base URL at the proxy itself, http://127.0.0.1:3128/route/NAME/, for tools that cannot use a proxy. Needs inspect, one host and one port; goes out as https.");

    public static Key<string> Secret { get; } = new(
        "secret", new TextType(Patterns.SecretName), "", "Name under secrets. Its deliver.host must be this host.", IsRequired: true);

    public static Key<IReadOnlyList<string>> Fields { get; } = new(
        "fields", new ListType<string>(new TextType(Patterns.Header)), [], "Header fields whose whole value may be the placeholder, after one word as in Bearer.", DefaultText: "[]");

    public static Key<IReadOnlyList<string>> Query { get; } = new(
        "query", new ListType<string>(new TextType(Patterns.QueryName)), [], "Query parameters whose whole value may be the placeholder.", DefaultText: "[]");

    public static Key<IReadOnlyList<string>> Body { get; } = new(
        "body", new ListType<string>(new TextType(Patterns.BodyField)), [],
        "Fields of a form or JSON body whose whole value may be the placeholder; in JSON the names from the outermost object on, as in auth.key.", DefaultText: "[]");

    public static ObjectType<PlaceholderRule> Placeholder { get; } = new(
        new ObjectShape("egress[].placeholders[]", "Where secret://NAME is replaced by the value. Anywhere else it fails the request.", [Secret, Fields, Query, Body]),
        view => new PlaceholderRule(view.Get(Secret), view.Get(Fields), view.Get(Query), view.Get(Body)));

    public static Key<IReadOnlyList<PlaceholderRule>> Placeholders { get; } = new(
        "placeholders", new ListType<PlaceholderRule>(Placeholder, isSet: false), [], "Secrets that the agent asks for by a placeholder in its requests. Needs inspect.", DefaultText: "[]");

    public static ObjectShape Shape { get; } = new(
        "egress[]", "One destination that the session may reach. The first rule that names host and port decides.", [Host, Ports, InspectRule, Inject, AllowPrivate, Opaque, Route, Placeholders]);

    public static ObjectType<EgressRule> Type { get; } = new(Shape, Build);

    private static EgressRule Build(ObjectView view)
    {
        var rule = new EgressRule(
            view.Get(Host), view.Get(Ports), view.Get(InspectRule), view.Get(Inject), view.Get(AllowPrivate), view.Rule())
        {
            Opaque = view.Get(Opaque),
            Route = view.Get(Route),
            Placeholders = view.Get(Placeholders),
        };
        if (rule.Host.Length > 0 && (HostPattern.BlockOf(rule.Host)?.BaseAddress ?? CanonicalHost.TryParse(rule.Host)?.Address) is { } address)
        {
            CheckAddress(view, rule, AddressPolicy.Refusal(address, [], rule.AllowPrivate));
        }

        if (rule is { Opaque: true, Inspect: not null })
        {
            view.Error(Opaque, "opaque and inspect exclude each other; remove one");
        }

        if (rule.Route is not null && (rule.Inspect is null || rule.Ports.Count != 1 || rule.Host.StartsWith("*.", StringComparison.Ordinal) || HostPattern.BlockOf(rule.Host) is not null))
        {
            view.Error(Route, "a route leads to one host and one port, and each request of it is judged; give the rule inspect, one port, and no wildcard or block");
        }

        if (rule is { Placeholders.Count: > 0, Inspect: null })
        {
            view.Error(Placeholders, "nothing can be replaced in requests that are not looked into; give the rule inspect");
        }

        return rule;
    }

    /// <summary>A rule for an address that would be refused each time can only be a mistake.</summary>
    private static void CheckAddress(ObjectView view, EgressRule rule, ReasonCode? refusal)
    {
        if (refusal == ReasonCode.AddressPrivate)
        {
            view.Error(Host, $"{rule.Host} is a private address and would be refused; add allowPrivate: true if that is meant");
        }
        else if (refusal == ReasonCode.AddressMetadata)
        {
            view.Error(Host, $"{rule.Host} is a cloud metadata address, which no policy may allow; remove the rule");
        }
        else if (refusal is not null)
        {
            view.Error(Host, $"{rule.Host} is a special-purpose address and no destination; remove the rule");
        }
    }
}
