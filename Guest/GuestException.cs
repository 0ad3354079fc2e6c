using System.Runtime.InteropServices;

namespace SecureAgent.Guest;

/// <summary>A stage cannot do its work. The message names the step and the operating system's reason.</summary>
internal sealed class GuestException(string message, string? layer, Exception? inner = null) : Exception(message, inner)
{
    public GuestException(string message, Exception? inner = null)
        : this(message, null, inner)
    {
    }

    /// <summary>The sandbox layer that is missing, when it is one.</summary>
    public string? Layer { get; } = layer;

    /// <summary>For a failed system call: must be called before anything else can change errno.</summary>
    public static GuestException FromErrno(string step, string? layer = null)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new GuestException($"{step}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})", layer);
    }
}
