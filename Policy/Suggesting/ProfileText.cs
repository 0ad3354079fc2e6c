using System.Globalization;
using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Document.Yaml;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Suggesting;

/// <summary>Profiles back to the document's language. What the parser reads from the text equals what was written.</summary>
internal static class ProfileText
{
    /// <summary>Levels of a document that stand on lines of their own; rules below them are one line each.</summary>
    private const int DocumentDepth = 4;

    private const int SectionDepth = 2;

    public static string Document(Profile profile) => YamlText.Block(
        Map(
            (DocumentKeys.ApiVersion, Word(DocumentKeys.ApiVersionValue)),
            (DocumentKeys.Kind, Word(DocumentKeys.KindValue)),
            (DocumentKeys.Profiles, new YamlMapping([new YamlEntry(Word(profile.Name), Of(profile))]))),
        DocumentDepth);

    /// <summary>Only what an amendment changed.</summary>
    public static string Section(Amendment amendment)
    {
        var profile = amendment.Profile;
        (Key, YamlNode?) section = amendment.Section switch
        {
            "files" => (ProfileKeys.Files, new YamlSequence([Of(profile.Files[amendment.Entry])])),
            "egress" => (ProfileKeys.Egress, new YamlSequence([Of(profile.Egress[amendment.Entry])])),
            "inference" => (ProfileKeys.Inference, Of(profile.Inference!)),
            "sandbox" => (ProfileKeys.Sandbox, Of(profile.Sandbox)),
            var other => throw new ArgumentOutOfRangeException(nameof(amendment), other, "no such section"),
        };
        return YamlText.Block(Map(section), SectionDepth);
    }

    /// <summary>One rule of <c>egress</c>, on one line.</summary>
    public static string Rule(EgressRule rule) => YamlText.Block(Of(rule), blockDepth: 0).TrimEnd();

    private static YamlMapping Of(Profile profile) => new(
    [
        .. Grants(profile).Entries,
        .. profile.McpServers.Count == 0 ? [] : Map((ProfileKeys.McpServers, new YamlMapping([.. profile.McpServers.Select(server => new YamlEntry(Word(server.Name), Of(server)))]))).Entries,
    ]);

    private static YamlMapping Of(McpServer server) => new([.. Map((ProfileKeys.Command, Texts(server.Command))).Entries, .. Grants(server.Profile).Entries]);

    private static YamlMapping Grants(Profile profile) => Map(
        (ProfileKeys.Sandbox, Of(profile.Sandbox)),
        (ProfileKeys.Files, NullIfEmpty(profile.Files.Select(Of))),
        (ProfileKeys.Egress, NullIfEmpty(profile.Egress.Select(Of))),
        (ProfileKeys.Budget, profile.EgressBudget == EgressBudget.None ? null : Of(profile.EgressBudget)),
        (ProfileKeys.Secrets, profile.Secrets.Count == 0 ? null : new YamlMapping([.. profile.Secrets.Select(grant => new YamlEntry(Word(grant.Name), Of(grant)))])),
        (ProfileKeys.Inference, profile.Inference is null ? null : Of(profile.Inference)),
        (ProfileKeys.Honeypots, Words(profile.Honeypots)),
        (ProfileKeys.Ask, Words(profile.Ask)));

    private static YamlMapping Of(SandboxPolicy limits) => Map(
        (SandboxKeys.Driver, Word(limits.Driver)),
        (SandboxKeys.Cpu, Word(limits.Cpu.ToString(CultureInfo.InvariantCulture))),
        (SandboxKeys.Memory, Word(SizeText.Of(limits.MemoryBytes))),
        (SandboxKeys.Pids, Number(limits.Pids)),
        (SandboxKeys.WallClock, Word(DurationText.Of(limits.WallClock))),
        (SandboxKeys.Output, Word(SizeText.Of(limits.OutputBytes))),
        (SandboxKeys.Tmp, Word(SizeText.Of(limits.TmpBytes))),
        (SandboxKeys.Tools, limits.Tools.Count == 0 ? null : Texts(limits.Tools)),
        (SandboxKeys.Environment, Of(limits.Environment)),
        (SandboxKeys.Home, Of(limits.Home)));

    private static YamlMapping? Of(ValueList<NamedText> texts) =>
        texts.Count == 0 ? null : new YamlMapping([.. texts.Select(text => new YamlEntry(Text(text.Name), Text(text.Text)))]);

    private static YamlMapping Of(FileGrant grant) => Map(
        (FileKeys.Root, Text(grant.Root)),
        (FileKeys.Allow, Texts(grant.Allow.Select(glob => glob.Text))),
        (FileKeys.Deny, grant.Deny.Count == 0 ? null : Texts(grant.Deny.Select(glob => glob.Text))),
        (FileKeys.Access, Word(grant.Access switch { FileAccessMode.Write => "write", FileAccessMode.Propose => "propose", _ => "read" })),
        (FileKeys.Deliver, grant.Deliver == FileDelivery.Copy ? Word("copy") : null),
        (FileKeys.MaxFile, Word(SizeText.Of(grant.MaxFileBytes))),
        (FileKeys.Budget, Word(SizeText.Of(grant.BudgetBytes))),
        (FileKeys.MaxFiles, grant.MaxFiles == FileKeys.DefaultMaxFiles ? null : Number(grant.MaxFiles)),
        (FileKeys.Types, Words(grant.Types)),
        (FileKeys.Hidden, grant.Hidden ? Word("true") : null),
        (FileKeys.HardLinks, grant.HardLinks ? Word("allow") : null),
        (FileKeys.Redact, grant.Redact switch { RedactionMode.Mask => null, RedactionMode.Off => Word("off"), _ => Word("block") }));

    private static YamlSequence? Words(FileTypes types) => types == FileTypes.Any
        ? null
        : new YamlSequence([.. FileKeys.TypeWords.Where(known => known.Type != FileTypes.Any && types.HasFlag(known.Type)).Select(known => Word(known.Word))]);

    private static YamlMapping Of(EgressRule rule) => Map(
        (EgressKeys.Host, Text(rule.Host)),
        (EgressKeys.Ports, new YamlSequence([.. rule.Ports.Select(port => Number(port))])),
        (EgressKeys.InspectRule, rule.Inspect is null ? null : Of(rule.Inspect)),
        (EgressKeys.Inject, rule.Inject is null ? null : Text(rule.Inject)),
        (EgressKeys.AllowPrivate, rule.AllowPrivate ? Word("true") : null),
        (EgressKeys.Opaque, rule.Opaque ? Word("true") : null),
        (EgressKeys.Route, rule.Route is null ? null : Text(rule.Route)),
        (EgressKeys.Placeholders, NullIfEmpty(rule.Placeholders.Select(Of))));

    private static YamlMapping Of(PlaceholderRule placeholder) => Map(
        (EgressKeys.Secret, Text(placeholder.Secret)),
        (EgressKeys.Fields, placeholder.Fields.Count == 0 ? null : Texts(placeholder.Fields)),
        (EgressKeys.Query, placeholder.Query.Count == 0 ? null : Texts(placeholder.Query)),
        (EgressKeys.Body, placeholder.Body.Count == 0 ? null : Texts(placeholder.Body)));

    private static YamlMapping Of(InspectRule inspect) => Map(
        (EgressKeys.Methods, Words(inspect.Methods)),
        (EgressKeys.Paths, Texts(inspect.Paths.Select(path => path.Text))),
        (EgressKeys.Upgrades, Words(inspect.Upgrades)),
        (EgressKeys.Headers, inspect.Headers is null ? null : Texts(inspect.Headers)),
        (EgressKeys.StripHeaders, inspect.StripHeaders.Count == 0 ? null : Texts(inspect.StripHeaders)),
        (EgressKeys.MaxRequest, inspect.MaxRequestBytes is { } request ? Word(SizeText.Of(request)) : null),
        (EgressKeys.MaxResponse, inspect.MaxResponseBytes is { } response ? Word(SizeText.Of(response)) : null),
        (EgressKeys.MaxTime, inspect.MaxTime is { } time ? Word(DurationText.Of(time)) : null));

    private static YamlMapping Of(EgressBudget budget) => Map(
        (EgressBudgetKeys.Concurrent, budget.Concurrent is { } concurrent ? Number(concurrent) : null),
        (EgressBudgetKeys.PerMinute, budget.PerMinute is { } perMinute ? Number(perMinute) : null),
        (EgressBudgetKeys.Total, budget.Total is { } total ? Number(total) : null),
        (EgressBudgetKeys.Upload, budget.UploadBytes is { } upload ? Word(SizeText.Of(upload)) : null),
        (EgressBudgetKeys.Download, budget.DownloadBytes is { } download ? Word(SizeText.Of(download)) : null));

    private static YamlMapping Of(SecretGrant grant) => Map(
        (SecretKeys.Vault, grant.Source is SecretSource.Vault vault ? Text($"{vault.Mount}/{vault.Path}#{vault.Field}") : null),
        (SecretKeys.Embedded, grant.Source is SecretSource.Embedded embedded ? Text(embedded.Name) : null),
        (SecretKeys.Deliver, grant.IsForAgent ? Word(SecretKeys.ForAgent) : Map(
            (SecretKeys.Header, Text(grant.Header)),
            (SecretKeys.Prefix, grant.Prefix.Length == 0 ? null : Text(grant.Prefix)),
            (SecretKeys.Host, Text(grant.Host)),
            (SecretKeys.Methods, Words(grant.Methods)))),
        (SecretKeys.Ttl, Word(DurationText.Of(grant.Ttl))));

    private static YamlMapping Of(InferencePolicy rules) => Map(
        (InferenceKeys.Models, Texts(rules.Models.Select(glob => glob.Text))),
        (InferenceKeys.MaxTokens, Number(rules.MaxTokens)));

    private static YamlMapping Map(params (Key Key, YamlNode? Value)[] entries) =>
        new([.. from entry in entries where entry.Value is not null select new YamlEntry(Word(entry.Key.Name), entry.Value)]);

    private static YamlSequence? NullIfEmpty(IEnumerable<YamlMapping> items) => items.ToList() is { Count: > 0 } list ? new YamlSequence(list) : null;

    private static YamlSequence? Words(IReadOnlyList<string> words) => words.Count == 0 ? null : new YamlSequence([.. words.Select(Word)]);

    private static YamlSequence Texts(IEnumerable<string> texts) => new([.. texts.Select(Text)]);

    private static YamlScalar Word(string text) => new(text, isPlain: true);

    private static YamlScalar Text(string text) => new(text, isPlain: false);

    private static YamlScalar Number(long number) => Word(number.ToString(CultureInfo.InvariantCulture));
}
