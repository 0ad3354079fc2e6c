using System.Runtime.InteropServices;

namespace SecureAgent.Guest;

/// <summary>A stage cannot do its work. The message names the step and the operating system's reason.</summary>
internal sealed class GuestException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>For a failed system call: must be called before anything else can change errno.</summary>
    public static GuestException FromErrno(string step)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new GuestException($"{step}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
    }
}
