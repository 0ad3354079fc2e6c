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

    protected override bool ReleaseHandle() => Libc.Close(handle) == 0;
}
