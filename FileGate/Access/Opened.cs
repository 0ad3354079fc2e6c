using SecureAgent.FileGate.Native;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.FileGate.Access;

/// <summary>A decision and, when it allows, the handle it was made on: facts and bytes come from this handle and nothing else.</summary>
internal sealed record Opened(Decision Decision, DescriptorHandle? Handle, FileFacts Facts, FileGrant? Grant) : IDisposable
{
    public static Opened Refused(Decision decision) => new(decision, null, default, null);

    /// <summary>Not decided: it may have to wait for a disk, and was not to.</summary>
    public static Opened Later { get; } = Refused(default);

    public Opened Refuse(Decision decision)
    {
        Dispose();
        return Refused(decision);
    }

    public void Dispose() => Handle?.Dispose();
}
