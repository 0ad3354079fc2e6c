using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Files;
using SecureAgent.Policy.Globs;

namespace SecureAgent.Policy.Document.Keys;

internal static class FileKeys
{
    public const long DefaultMaxFile = 10L << 20;
    public const long DefaultBudget = 1L << 30;
    public const int DefaultMaxFiles = 100_000;

    private static readonly ListType<Glob> Globs = new(new GlobType(GlobKind.Path));

    public static Key<string> Root { get; } = new(
        "root", new TextType(Patterns.Root), "", "The folder: ${workspace}, or an absolute path, whose files are seen below @ and its last name. Inside { } it needs quotes.", IsRequired: true);

    public static Key<IReadOnlyList<Glob>> Allow { get; } = new(
        "allow", Globs, [], "What may be seen, relative to the root. Missing or empty allows nothing.", DefaultText: "[]");

    public static Key<IReadOnlyList<Glob>> Deny { get; } = new(
        "deny", Globs, [],
        "What may not be seen, asked before allow. A pattern that matches a folder denies everything below it; case and Unicode form make no difference.",
        DefaultText: "[]");

    public static Key<FileAccessMode> Access { get; } = new(
        "access",
        new ChoiceType<FileAccessMode>(("read", FileAccessMode.Read), ("propose", FileAccessMode.Propose), ("write", FileAccessMode.Write)),
        FileAccessMode.Read, "What may be done: read; propose, where changes wait for the operator; write. An entry that allows one path by its name decides before wider patterns.", DefaultText: "read");

    public static Key<long> MaxFile { get; } = new(
        "maxFile", new SizeType(1, 1L << 40), DefaultMaxFile, "Largest file that may be read or written.", DefaultText: SizeText.Of(DefaultMaxFile));

    public static Key<long> Budget { get; } = new(
        "budget", new SizeType(1, 1024L << 40), DefaultBudget, "Bytes a session may read and write in all.", DefaultText: SizeText.Of(DefaultBudget));

    public static Key<int> MaxFiles { get; } = new(
        "maxFiles", new As<decimal, int>(new NumberType(1, 10_000_000, isWhole: true), value => (int)value), DefaultMaxFiles,
        "Different files a session may read and write in all.", DefaultText: "100000");

    public static Key<FileDelivery> Deliver { get; } = new(
        "deliver", new ChoiceType<FileDelivery>(("api", FileDelivery.Api), ("copy", FileDelivery.Copy)), FileDelivery.Api,
        "How files reach the session: api; copy, a private copy at /workspace, whose changes wait for the operator when the session ends. The same for all entries.",
        DefaultText: "api");

    /// <summary>Words of the language, in the order they are written.</summary>
    public static IReadOnlyList<(string Word, FileTypes Type)> TypeWords { get; } =
    [
        ("any", FileTypes.Any), ("text", FileTypes.Text), ("image", FileTypes.Image), ("audio", FileTypes.Audio), ("video", FileTypes.Video), ("pdf", FileTypes.Pdf),
        ("archive", FileTypes.Archive),
    ];

    public static Key<IReadOnlyList<FileTypes>> Types { get; } = new(
        "types", new ListType<FileTypes>(new ChoiceType<FileTypes>([.. TypeWords])), [FileTypes.Any],
        "Types of content that may be read and written, told by its first 8 KiB, never by a name. Empty allows none.", DefaultText: "[any]");

    public static Key<bool> Hidden { get; } = new(
        "hidden", new FlagType(), false, "Whether names that begin with a dot may be seen.", DefaultText: "false");

    public static Key<bool> HardLinks { get; } = new(
        "hardLinks", new ChoiceType<bool>(("refuse", false), ("allow", true)), false,
        "Whether a file with more than one name may be read: another name may stand outside the root.", DefaultText: "refuse");

    public static Key<RedactionMode> Redact { get; } = new(
        "redact",
        new ChoiceType<RedactionMode>(("off", RedactionMode.Off), ("mask", RedactionMode.Mask), ("block", RedactionMode.Block)),
        RedactionMode.Mask,
        "Secrets inside a file that may be read: mask replaces their characters, block refuses the read, off lets them through.",
        DefaultText: "mask");

    public static ObjectShape Shape { get; } = new(
        "files[]", "One folder that the session may see.", [Root, Allow, Deny, Access, Deliver, MaxFile, Budget, MaxFiles, Types, Hidden, HardLinks, Redact]);

    public static ObjectType<FileGrant> Type { get; } = new(Shape, view => new FileGrant(
        view.Get(Root), view.Get(Allow), view.Get(Deny), view.Get(Access), view.Get(MaxFile), view.Get(Budget), view.Get(Hidden), view.Get(HardLinks), view.Rule())
    {
        Redact = view.Get(Redact),
        MaxFiles = view.Get(MaxFiles),
        Types = view.Get(Types).Aggregate(FileTypes.None, (all, one) => all | one),
        Deliver = view.Get(Deliver),
    });
}
