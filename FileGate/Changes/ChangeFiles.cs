using System.Text.Json;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Native;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.FileGate.Changes;

/// <summary>One change set on disk: <c>set.json</c>, replaced as a whole, and one file for every content. The directory is the gate's own.</summary>
internal sealed class ChangeFiles(string directory, ApplySteps steps)
{
    private const string DocumentName = "set.json";
    private const string EmptyName = "empty";
    private const string BlobPrefix = "c-";

    public string Directory => directory;

    public string PathOf(string blob) => Path.Combine(directory, blob);

    /// <summary>A directory without entries, which stands for one that a session proposes.</summary>
    public string Empty => PathOf(EmptyName);

    public void Prepare()
    {
        System.IO.Directory.CreateDirectory(Empty);
        Flush(Path.GetDirectoryName(directory)!);
    }

    /// <summary>The name of a new file with this content, on disk.</summary>
    public string Store(ReadOnlySpan<byte> content)
    {
        steps.Reached("write");
        var name = Identifiers.New("c", 20);
        using var file = new FileStream(PathOf(name), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
        return name;
    }

    public void Forget(string? blob)
    {
        if (blob is not null)
        {
            steps.Reached("delete content");
            File.Delete(PathOf(blob));
        }
    }

    public void Save(ChangeSetDocument document) =>
        Replace(DocumentName, JsonSerializer.SerializeToUtf8Bytes(document, ChangesJson.Default.ChangeSetDocument));

    /// <summary>Null when there is none. What no change refers to was left by a crash and is removed.</summary>
    public ChangeSetDocument? Load()
    {
        if (Read(DocumentName) is not { } json || JsonSerializer.Deserialize(json, ChangesJson.Default.ChangeSetDocument) is not { } document)
        {
            return null;
        }

        var known = document.Changes.Select(change => change.Blob).ToHashSet(StringComparer.Ordinal);
        foreach (var orphan in System.IO.Directory.EnumerateFiles(directory, BlobPrefix + "*").Where(file => !known.Contains(Path.GetFileName(file))))
        {
            File.Delete(orphan);
        }

        return document;
    }

    public byte[]? Read(string name) => File.Exists(PathOf(name)) ? File.ReadAllBytes(PathOf(name)) : null;

    /// <summary>The old bytes or the new ones, whatever happens meanwhile.</summary>
    public void Replace(string name, ReadOnlySpan<byte> content)
    {
        var blob = Store(content);
        steps.Reached($"replace {name}");
        File.Move(PathOf(blob), PathOf(name), overwrite: true);
        Flush(directory);
    }

    public void Delete(string name)
    {
        steps.Reached($"delete {name}");
        File.Delete(PathOf(name));
        Flush(directory);
    }

    public void DeleteAll()
    {
        if (System.IO.Directory.Exists(directory))
        {
            steps.Reached("delete set");
            File.Delete(PathOf(DocumentName));
            steps.Reached("delete rest");
            System.IO.Directory.Delete(directory, recursive: true);
            Flush(Path.GetDirectoryName(directory)!);
        }
    }

    private static void Flush(string directory)
    {
        var error = Libc.Open(null, directory, OpenFlags.ForList, resolve: 0, out var handle);
        using (handle)
        {
            error = error != 0 ? error : TreeCalls.Flush(handle);
        }

        if (error != 0)
        {
            throw new IOException($"the directory of change sets cannot be written to disk ({Libc.Message(error)})");
        }
    }
}
