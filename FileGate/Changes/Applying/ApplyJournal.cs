using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>How far an apply is; written to disk before the first step of the phase.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ApplyPhase>))]
internal enum ApplyPhase
{
    None = 0,

    /// <summary>The new files are being made in the staging directory. The tree is the old one.</summary>
    Staging,

    /// <summary>Names are changing hands; undone when found at a start.</summary>
    Swapping,

    /// <summary>The tree is the new one; what is left is to clear away.</summary>
    Done,
}

/// <summary>The new file or directory of one step, so that it is known again wherever it is found.</summary>
internal readonly record struct StagedFacts(ulong Inode, long Size, long ModifiedNanoseconds);

/// <param name="Name">In the staging directory: of what shall come into the tree, later of what went out of it.</param>
/// <param name="New">Null for a deletion.</param>
internal sealed record ApplyStep(StagedChange Change, string Name, StagedFacts? New);

/// <summary>Everything needed to undo or finish an apply after a crash.</summary>
/// <param name="Staging">Name of the staging directory in the root.</param>
internal sealed record ApplyJournal(string Root, ulong Device, ulong Inode, ApplyPhase Phase, string Staging, IReadOnlyList<ApplyStep> Steps)
{
    private const string FileName = "apply.json";

    public static ApplyJournal? Load(ChangeFiles files) =>
        files.Read(FileName) is { } json ? JsonSerializer.Deserialize(json, ApplyJson.Default.ApplyJournal) : null;

    public void Save(ChangeFiles files) => files.Replace(FileName, JsonSerializer.SerializeToUtf8Bytes(this, ApplyJson.Default.ApplyJournal));

    public static void Delete(ChangeFiles files) => files.Delete(FileName);
}

[JsonSerializable(typeof(ApplyJournal))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ApplyJson : JsonSerializerContext;
