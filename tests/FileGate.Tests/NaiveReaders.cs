namespace SecureAgent.FileGate.Tests;

/// <summary>
/// File servers as people write them, each without one guard of the gate's. They are the control arms of the attack table: what the gate refuses, the
/// one that a row names gives away.
/// </summary>
internal static class NaiveReaders
{
    private const int MostHops = 1000;

    private static readonly Dictionary<string, Func<GateScenario, string, bool>> All = new()
    {
        // Joins and opens by name; the kernel walks links, dots, devices and mounts.
        ["by name"] = (gate, path) => Gives(Path.Combine(gate.Workspace, path)),

        // Tidies the text first, so that names need not be there.
        ["tidied"] = (gate, path) => Gives(Path.GetFullPath(path, gate.Workspace)),

        // Decodes until nothing changes, with the leniency of old decoders.
        ["decoded"] = (gate, path) => Gives(Path.GetFullPath(Decode(path), gate.Workspace)),

        // Takes every separator that looks like one.
        ["separators"] = (gate, path) => Gives(Path.GetFullPath(string.Concat(path.Select(c => c is '\\' or '\u2215' or '\u2044' ? '/' : c)), gate.Workspace)),

        // Takes letters for others that look like them, or mean the same.
        ["look-alikes"] = (gate, path) => LookAlike(path) is var other && other != path && Gives(Path.GetFullPath(other, gate.Workspace)),

        // Opens what its own descriptors are open on.
        ["own descriptors"] = (gate, path) => path.StartsWith("/dev/", StringComparison.Ordinal) && ReadsItsOwn(Path.Combine(gate.Outside, "secret.txt")),

        // Has a shell, or a library like one, expand the name.
        ["expanded"] = (gate, path) => Expand(gate, path).Any(Gives),

        // Hands a C string to the kernel.
        ["cut at NUL"] = (gate, path) => path.Contains('\0') && Gives(Path.Combine(gate.Workspace, path[..path.IndexOf('\0')])),

        // Follows the rules of another system's names.
        ["Windows"] = (gate, path) => Gives(Path.GetFullPath(Windows(path), gate.Workspace)),

        // Compares names without their case.
        ["any case"] = (gate, path) => Named(gate, path, (one, other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase)),

        // Fetches what a URL names.
        ["URL"] = (_, path) => Uri.TryCreate(path, UriKind.Absolute, out var url) && url.IsFile && Gives(url.LocalPath),

        // Writes the name into a header or a log as it came.
        ["echoed"] = (_, path) => $"name: {path}".Any(c => char.IsControl(c) || c == '\u2028'),

        // Creates what is not there, through the link.
        ["writes"] = (gate, path) =>
        {
            var link = new FileInfo(Path.Combine(gate.Workspace, path));
            if (link.LinkTarget is not { } target)
            {
                return false;
            }

            File.WriteAllText(link.FullName, "planted");
            var planted = Path.GetFullPath(target, gate.Workspace);
            var isThere = File.Exists(planted);
            File.Delete(planted);
            return isThere;
        },

        // Follows links by itself, and never counts.
        ["resolver"] = (gate, path) => Hops(Path.Combine(gate.Workspace, path)) == MostHops,

        // Serves a file for whatever is below it.
        ["path info"] = (gate, path) => path.Contains('/') && File.Exists(Path.Combine(gate.Workspace, path[..path.IndexOf('/')])),

        // Removes what looks bad, once.
        ["filter"] = (gate, path) => Gives(Path.GetFullPath(path.Replace("...", "..", StringComparison.Ordinal), gate.Workspace)),

        // Looks first and judges after: its two answers tell what is there.
        ["oracle"] = (gate, path) => !File.Exists(Path.Combine(gate.Workspace, path)) && Directory.Exists(Path.GetDirectoryName(Path.Combine(gate.Workspace, path))),
    };

    public static bool Falls(string reader, GateScenario gate, string path) => All[reader](gate, path);

    /// <summary>Those that do more than tidy a name and open it.</summary>
    public static IEnumerable<string> Special => All.Keys.Except(["tidied", "decoded", "separators", "Windows", "filter", "oracle"]).Order(StringComparer.Ordinal);

    /// <summary>Bytes of a file, names of a directory, or a special file that opens. A FIFO or socket counts when it is there: opening it would wait.</summary>
    private static bool Gives(string path)
    {
        if (path.Contains('\0'))
        {
            return false;
        }

        if (Directory.Exists(path))
        {
            return Directory.EnumerateFileSystemEntries(path).Any();
        }

        if (!File.Exists(path))
        {
            return false;
        }

        if (new FileInfo(path).Length == 0 && !path.StartsWith("/proc", StringComparison.Ordinal))
        {
            return true;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return stream.Read(new byte[16]) > 0;
    }

    private static int Hops(string path)
    {
        var hops = 0;
        while (hops < MostHops && new FileInfo(path).LinkTarget is { } target)
        {
            path = Path.GetFullPath(target, Path.GetDirectoryName(path)!);
            hops++;
        }

        return hops;
    }

    private static string Decode(string path)
    {
        for (var before = ""; before != path;)
        {
            before = path;
            path = Uri.UnescapeDataString(path).Replace("%c0%af", "/", StringComparison.OrdinalIgnoreCase);
        }

        return path.Replace("\0", "", StringComparison.Ordinal);
    }

    private static string LookAlike(string path) => path
        .Replace("\uFF0E", ".", StringComparison.Ordinal).Replace("\u2025", "..", StringComparison.Ordinal).Replace("e\u0301", "\u00e9", StringComparison.Ordinal);

    private static bool ReadsItsOwn(string file)
    {
        using var handle = File.OpenHandle(file);
        return File.ReadAllText($"/dev/fd/{handle.DangerousGetHandle()}") == "outside-secret";
    }

    private static IEnumerable<string> Expand(GateScenario gate, string path)
    {
        var expanded = path.StartsWith("~root/", StringComparison.Ordinal) ? gate.Outside + path[5..]
            : path.StartsWith("~/", StringComparison.Ordinal) ? gate.Outside + path[1..]
            : path.Replace("$HOME", gate.Outside, StringComparison.Ordinal).Replace("${workspace}", gate.Workspace, StringComparison.Ordinal);
        var full = Path.GetFullPath(expanded, gate.Workspace);
        return path.Contains('*') ? Directory.EnumerateFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full)).Where(file => new FileInfo(file).LinkTarget is null) : expanded == path ? [] : [full];
    }

    private static string Windows(string path) => path.Replace('\\', '/').Split(':')[0].Trim().TrimEnd('.', ' ');

    private static bool Named(GateScenario gate, string path, Func<string, string, bool> same) =>
        Directory.EnumerateFiles(gate.Workspace, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Any(file => same(Path.GetRelativePath(gate.Workspace, file), path));
}
