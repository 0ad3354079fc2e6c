using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Policy.Document.Keys;

internal static class ProfileKeys
{
    public static Key<SandboxPolicy> Sandbox { get; } = new("sandbox", SandboxKeys.Type, SandboxPolicy.Default, "The sandbox and its limits.");

    public static Key<IReadOnlyList<FileGrant>> Files { get; } = new(
        "files", new ListType<FileGrant>(FileKeys.Type, isSet: false), [], "Folders the session may see. Missing or empty: none.", DefaultText: "[]");

    public static Key<IReadOnlyList<EgressRule>> Egress { get; } = new(
        "egress", new ListType<EgressRule>(EgressKeys.Type, isSet: false), [], "Destinations the session may reach. Missing or empty: none.", DefaultText: "[]");

    public static Key<EgressBudget> Budget { get; } = new(
        "egressBudget", EgressBudgetKeys.Type, EgressBudget.None, "What the session may use of its way out. Missing: no limits but the proxy's own.");

    public static Key<IReadOnlyList<SecretGrant>> Secrets { get; } = new(
        "secrets", new MapType<SecretGrant>(SecretKeys.Type, "secrets by name", Patterns.SecretName), [], "Credentials the gates may lease. Missing or empty: none.");

    public static Key<InferencePolicy?> Inference { get; } = new(
        "inference", new As<InferencePolicy, InferencePolicy?>(InferenceKeys.Type, value => value), null, "Model calls. Missing: none.");

    public static Key<IReadOnlyList<string>> Honeypots { get; } = new(
        "honeypots", Planes("files", "hosts", "secrets"), [], "Where decoys are laid.", DefaultText: "[]");

    public static Key<IReadOnlyList<string>> Ask { get; } = new(
        "ask", Planes("egress", "write"), [], "What is held for the operator instead of refused: egress, a host that no rule names; write, a change of a file that may be read and not be changed.", DefaultText: "[]");

    private static readonly IReadOnlyList<Key> Grants = [Sandbox, Files, Egress, Budget, Secrets, Inference, Honeypots, Ask];

    public static Key<IReadOnlyList<string>> Command { get; } = new(
        "command", new ListType<string>(new TextType(Patterns.LongText), isNeverEmpty: true, isSet: false), [], "Its program and arguments. It speaks MCP on stdin and stdout.", IsRequired: true);

    public static Key<IReadOnlyList<McpServer>> McpServers { get; } = new(
        "mcpServers",
        new MapType<McpServer>(
            new ObjectType<McpServer>(
                new ObjectShape("mcpServers.NAME", "One MCP server: its command, and what it may do itself. It has nothing of what the agent may, and the agent nothing of what it may.", [Command, .. Grants]),
                view => new McpServer(view.Name, view.Get(Command), Granted(view))),
            "servers by name", Patterns.ServerName),
        [], "MCP servers for the agent, each in a sandbox of its own. At most 8.");

    public static ObjectShape Shape { get; } = new(
        "profiles.NAME", "What one session may do. What is not written here is denied.", [.. Grants, McpServers]);

    public static ObjectType<Profile> Type { get; } = new(Shape, Build);

    private static ListType<string> Planes(params string[] planes) => new(new ChoiceType<string>([.. planes.Select(plane => (plane, plane))]));

    private const int MostServers = 8;

    private static Profile Build(ObjectView view)
    {
        var servers = view.Get(McpServers);
        if (servers.Count > MostServers)
        {
            view.Error(McpServers, $"names {servers.Count} servers; a session may have {MostServers}");
        }

        return Granted(view) with { McpServers = servers };
    }

    private static Profile Granted(ObjectView found)
    {
        var view = found with { Scope = found.Scope.AsProfile() };
        var profile = new Profile(view.Name, view.Line)
        {
            Sandbox = view.Get(Sandbox),
            Files = view.Get(Files),
            Egress = view.Get(Egress),
            EgressBudget = view.Get(Budget),
            Secrets = view.Get(Secrets),
            Inference = view.Get(Inference),
            Honeypots = view.Get(Honeypots),
            Ask = view.Get(Ask),
        };
        ProfileChecks.Check(view, profile);
        return profile;
    }
}
