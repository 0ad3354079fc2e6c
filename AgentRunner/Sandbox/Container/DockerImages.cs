using System.Formats.Tar;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>
/// A container of docker's starts from an image. It is made here of a <see cref="SandboxRoot"/>, which holds only places to mount at, and named by what is in it: servers share it, and it stays (a few KiB;
/// <c>docker image rm</c>). Nothing is pulled.
/// </summary>
internal sealed class DockerImages(DockerEngine engine, SandboxRoot root)
{
    private const string Repository = "secure-agent-root";

    /// <summary>runc gives what is mounted at a place the place's own mode, whatever the mount says.</summary>
    private static readonly Dictionary<string, UnixFileMode> Modes = new(StringComparer.Ordinal)
    {
        ["tmp"] = (UnixFileMode)Convert.ToInt32("1777", 8), [SandboxPaths.Home.TrimStart('/')] = (UnixFileMode)Convert.ToInt32("700", 8),
    };

    private readonly Lock gate = new();
    private Task last = Task.CompletedTask;

    /// <summary>The image's id: a name could be given to another meanwhile. One after the other, so that none is made twice.</summary>
    public Task<string> ForAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var next = AfterAsync(last, root.For(request), cancellationToken);
            last = next;
            return next;
        }
    }

    private async Task<string> AfterAsync(Task before, string directory, CancellationToken cancellationToken)
    {
        await before.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var name = $"{Repository}:{Digest(directory)}";
        return await FindAsync(name, cancellationToken) ?? await ImportAsync(directory, name, cancellationToken);
    }

    private async Task<string?> FindAsync(string name, CancellationToken cancellationToken) =>
        await engine.RunAsync(["image", "inspect", "--format", "{{.Id}}", name], cancellationToken) is (0, var id) ? id : null;

    private async Task<string> ImportAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var (code, words) = await engine.RunAsync(["import", "-", name], cancellationToken, input => WriteAsync(directory, input, cancellationToken));
        return code == 0 ? words.Split('\n')[^1] : throw new SandboxException($"docker did not take the sandbox's root: {words}");
    }

    private static async Task WriteAsync(string directory, Stream to, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(to, leaveOpen: true);
        foreach (var entry in Entries(directory))
        {
            await tar.WriteEntryAsync(entry, cancellationToken);
        }
    }

    /// <summary>Owned by root; the files are empty.</summary>
    private static IEnumerable<PaxTarEntry> Entries(string directory) =>
        from found in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(directory, found.FullName)
        orderby name
        select found.LinkTarget is { } target
            ? new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target }
            : new PaxTarEntry(found is DirectoryInfo ? TarEntryType.Directory : TarEntryType.RegularFile, name) { Mode = Modes.TryGetValue(name, out var mode) ? mode : found.UnixFileMode };

    private static string Digest(string directory)
    {
        var entries = Entries(directory).Select(entry => $"{entry.EntryType}\0{entry.Name}\0{entry.LinkName}\0{entry.Mode}");
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', entries))))[..32];
    }
}
