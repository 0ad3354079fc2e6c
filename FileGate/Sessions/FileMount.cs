using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Sessions;

/// <summary>One root of a session.</summary>
/// <param name="Name">As in <see cref="Policy.Files.FileRoots.NameOf"/>: empty for the workspace.</param>
/// <param name="HostPath">Absolute; empty when there is none.</param>
/// <param name="Facts">Of its directory when the session was opened.</param>
internal sealed record FileMount(string Name, string HostPath, DescriptorHandle Root, FileFacts Facts)
{
    /// <summary>Of a session without a workspace: every path of it is not there.</summary>
    public static FileMount NoWorkspace() => new("", "", new DescriptorHandle(-1), default);

    /// <summary>What the session proposes in it, by paths relative to it.</summary>
    public ChangeSet Changes { get; init; } = null!;

    /// <summary>The folder without proposals.</summary>
    public HostFolder Folder { get; } = new(Root);
}
