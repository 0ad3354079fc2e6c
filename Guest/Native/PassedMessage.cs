using System.Runtime.InteropServices;

namespace SecureAgent.Guest.Native;

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PassedMessage
{
    public void* Name;
    public nint NameLength;

    /// <summary>struct iovec: address and length.</summary>
    public nint* Parts;
    public nint PartCount;
    public void* Control;
    public nint ControlLength;
    public nint Flags;
}
