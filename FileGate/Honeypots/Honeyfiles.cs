using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.FileGate.Honeypots;

/// <summary>
/// Files of one session that do not exist: lists, stats and name searches show them, and reading one is an alarm. They are on no disk, so nothing on the
/// host can come across them.
/// </summary>
internal sealed class Honeyfiles
{
    private const string Plane = "files";
    private const int DaysOld = 90;

    private readonly SortedDictionary<string, FileFacts> shown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    public static Honeyfiles None { get; } = new();

    /// <summary>The rule that shows them.</summary>
    public static RuleRef Rule { get; } = new("honeypots", Plane, 0);

    public static bool AreAsked(Profile profile) => profile.Honeypots.Contains(Plane);

    public bool IsEmpty => texts.Count == 0;

    /// <summary>Where the root has nothing of that name: a decoy never stands before a file.</summary>
    public static Honeyfiles Lay(DescriptorHandle root, in FileFacts facts)
    {
        var decoys = new Honeyfiles();
        foreach (var (path, text) in DecoyTexts.All)
        {
            var error = root.Open(path, OpenFlags.ForStat, out var there);
            there.Dispose();
            if (error == Libc.NoEntry)
            {
                decoys.Add(path, text(), facts);
            }
        }

        return decoys;
    }

    /// <summary>Whether the path is a decoy that holds something, not a folder of one.</summary>
    public bool Holds(string path) => texts.ContainsKey(path);

    public bool TryDescribe(string path, out FileFacts facts) => shown.TryGetValue(path, out facts);

    /// <summary>As of any file; null for a folder.</summary>
    public string? TagOf(string path) => texts.TryGetValue(path, out var text) ? ContentTags.Write(SHA256.HashData(Encoding.UTF8.GetBytes(text))) : null;

    /// <summary>Whether a search for this would have shown a line of it.</summary>
    public bool Matches(string path, Regex content) => texts.TryGetValue(path, out var text) && text.Split('\n').Any(content.IsMatch);

    public bool IsDirectory(string path) => shown.TryGetValue(path, out var facts) && facts.IsDirectory;

    /// <summary>Decoys directly in a directory, by name.</summary>
    public IEnumerable<(string Path, FileFacts Facts)> In(string directory) =>
        shown.Where(entry => ParentOf(entry.Key) == directory).Select(entry => (entry.Key, entry.Value));

    private void Add(string path, string text, in FileFacts root)
    {
        texts[path] = text;
        shown[path] = Facts(root, FileKind.Regular, Encoding.UTF8.GetByteCount(text));
        for (var parent = ParentOf(path); parent.Length > 0; parent = ParentOf(parent))
        {
            shown.TryAdd(parent, Facts(root, FileKind.Directory, 0));
        }
    }

    private static FileFacts Facts(in FileFacts root, FileKind kind, long size)
    {
        var changed = root.ModifiedNanoseconds - (RandomNumberGenerator.GetInt32(1, DaysOld * 86_400) * 1_000_000_000L);
        Span<byte> inode = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(inode);
        return root with
        {
            Kind = kind, Size = size, Links = 1, Inode = BinaryPrimitives.ReadUInt64LittleEndian(inode), ModifiedNanoseconds = changed, ChangedNanoseconds = changed,
            CreatedNanoseconds = changed, AccessedNanoseconds = changed, Mode = kind == FileKind.Directory ? 0b111_000_000 : 0b110_000_000,
        };
    }

    private static string ParentOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];
}
