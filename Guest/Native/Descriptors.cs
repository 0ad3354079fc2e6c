using System.Globalization;
using System.Runtime.InteropServices;

namespace SecureAgent.Guest.Native;

internal static class Descriptors
{
    private const uint CloseRangeCloExec = 4;

    /// <summary>
    /// Marks every descriptor from <paramref name="first"/> up close-on-exec. Marking rather than closing keeps the runtime
    /// alive until execve, which closes them.
    /// </summary>
    public static void CloseOnExecFrom(int first)
    {
        // close_range(2), Linux 5.11 for this flag; older kernels answer ENOSYS or EINVAL.
        if (Libc.Syscall(Linux.SYS_close_range, first, unchecked((nint)uint.MaxValue), (nint)CloseRangeCloExec) == 0)
        {
            return;
        }

        if (Marshal.GetLastPInvokeError() is not (Linux.ENOSYS or Linux.EINVAL))
        {
            throw GuestException.FromErrno("close_range");
        }

        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            var descriptor = int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture);
            if (descriptor >= first)
            {
                // EBADF: the descriptor of this very listing, closed meanwhile.
                _ = Libc.Fcntl(descriptor, Linux.F_SETFD, Linux.FD_CLOEXEC);
            }
        }
    }
}
