using System.Text.Json.Serialization;

namespace SecureAgent.FileGate.Changes;

[JsonConverter(typeof(JsonStringEnumConverter<ChangeKind>))]
internal enum ChangeKind
{
    None = 0,

    /// <summary>A file with new content: created when there was none, else replaced.</summary>
    File,
    Delete,
    Directory,

    /// <summary>A symbolic link; its target is the content.</summary>
    Link,
}

/// <summary>What a session wants a path to become, and what the host had there when it was first changed.</summary>
/// <param name="BaseHash">SHA-256 of the host's file; null when there was none.</param>
/// <param name="BaseMode">Permission bits of the host's file; null when there was none.</param>
/// <param name="Mode">Permission bits it shall have.</param>
/// <param name="Blob">Name of the file that holds the content, in the change set's directory.</param>
internal sealed record StagedChange(string Path, ChangeKind Kind, string? BaseHash, int? BaseMode, int Mode, string? Blob, long Size, string? Hash)
{
    /// <summary>The path that the session moved it from, whatever became of its content since; null when it did not.</summary>
    public string? From { get; init; }

    /// <summary>What the operator is shown: create, edit, delete, mode, directory or link.</summary>
    [JsonIgnore]
    public string Verb => Kind switch
    {
        ChangeKind.Delete => "delete",
        ChangeKind.Directory => "directory",
        ChangeKind.Link => "link",
        _ when BaseHash is null => "create",
        _ when BaseHash == Hash => "mode",
        _ => "edit",
    };

    [JsonIgnore]
    public bool ChangesNothing => Kind == ChangeKind.File && BaseHash == Hash && BaseMode == Mode;
}

/// <summary>Everything about a change set that outlives the process; the content lies beside it.</summary>
/// <param name="Root">Absolute host path of the folder.</param>
/// <param name="Name">As in <see cref="Policy.Files.FileRoots.NameOf"/>: empty for the workspace.</param>
/// <param name="Device">Of the folder when the session was opened, with <paramref name="Inode"/>: another folder of that name gets no changes.</param>
internal sealed record ChangeSetDocument(
    string Id, string Profile, string Root, ulong Device, ulong Inode, long CreatedUnixMs, IReadOnlyList<StagedChange> Changes, string Name = "");

[JsonSerializable(typeof(ChangeSetDocument))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ChangesJson : JsonSerializerContext;
