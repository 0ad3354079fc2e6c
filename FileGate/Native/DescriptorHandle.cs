using Microsoft.Win32.SafeHandles;

namespace SecureAgent.FileGate.Native;

/// <summary>
/// A descriptor with a reference count: closing it while a call uses it waits for the call, so its number can never
/// come to mean another file under a racing request.
/// </summary>
internal sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    public DescriptorHandle(nint descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>How paths below it are opened.</summary>
    public IHandleOpener Opener { get; set; } = HandleOpener.OfSystem;

    /// <summary>Opens a path below this directory, through nothing that is not a plain directory of the same mount.</summary>
    /// <param name="flags">Of <see cref="OpenFlags"/>.</param>
    /// <param name="atOnce">Rather <see cref="Libc.TryAgain"/> than waiting for a disk.</param>
    /// <returns>0 and the handle, or the errno.</returns>
    public int Open(string path, ulong flags, out DescriptorHandle child, bool atOnce = false)
    {
        var error = Opener.Open(this, path, flags, atOnce, out child);
        child.Opener = Opener;
        return error;
    }

    protected override bool ReleaseHandle() => Libc.Close(handle) == 0;
}
