using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Policy.Document.Keys;

/// <summary>The root of the language. Parser, JSON Schema and reference all start here.</summary>
internal static class DocumentKeys
{
    public const string ApiVersionValue = "secureagent.dev/v1";
    public const string KindValue = "AgentPolicy";

    public static Key<string> ApiVersion { get; } = new(
        "apiVersion", new ChoiceType<string>((ApiVersionValue, ApiVersionValue)), "", "Version of the language.", IsRequired: true);

    public static Key<string> Kind { get; } = new("kind", new ChoiceType<string>((KindValue, KindValue)), "", "What the document is.", IsRequired: true);

    public static Key<IReadOnlyList<Profile>> Profiles { get; } = new(
        "profiles", new MapType<Profile>(ProfileKeys.Type, "profiles by name", Patterns.ProfileName, isNeverEmpty: true), [],
        "The profiles, by name.", IsRequired: true);

    public static ObjectShape Shape { get; } = new("document", "A SecureAgent policy.", [ApiVersion, Kind, Profiles]);

    public static ObjectType<PolicyDocument> Type { get; } = new(Shape, view =>
    {
        // Read for their errors; there is one version and one kind.
        _ = (view.Get(ApiVersion), view.Get(Kind));
        var profiles = view.Get(Profiles);
        var servers = profiles.SelectMany(profile => profile.McpServers.Select(server => server.Profile with { Name = McpServer.ProfileName(profile.Name, server.Name) }));
        return new PolicyDocument(profiles.Concat(servers).ToDictionary(profile => profile.Name, StringComparer.Ordinal));
    });
}
