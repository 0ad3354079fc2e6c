using System.Globalization;
using System.Runtime.InteropServices;

namespace SecureAgent.Guest.Native;

internal static unsafe class Descriptors
{
    private const uint CloseRangeCloExec = 4;
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    private const int SolSocket = 1;
    private const int ScmRights = 1;

    /// <summary>Above what the exec stage finds at fixed numbers, so that no copy lands on another's source.</summary>
    private const int Least = 5;

    /// <summary>Both ends close-on-exec.</summary>
    public static (int Read, int Write) Pipe()
    {
        var pipe = stackalloc int[2];
        if (Libc.Pipe2(pipe, Linux.O_CLOEXEC) != 0)
        {
            throw GuestException.FromErrno("pipe");
        }

        return (Above(pipe[0]), Above(pipe[1]));
    }

    /// <summary>Sends a copy of the descriptor, with these bytes, over a Unix socket (unix(7), SCM_RIGHTS).</summary>
    /// <returns>Whether all was taken; else the error is the last one.</returns>
    public static unsafe bool Pass(int socket, int descriptor, ReadOnlySpan<byte> with)
    {
        fixed (byte* bytes = with)
        {
            var part = stackalloc nint[2] { (nint)bytes, with.Length };
            var rights = stackalloc long[3] { 20, SolSocket | ((long)ScmRights << 32), descriptor }; // struct cmsghdr: size_t length, int level, int type; then the descriptor
            var message = new PassedMessage { Parts = part, PartCount = 1, Control = rights, ControlLength = 24 };
            return Libc.SendMsg(socket, &message, 0) == with.Length;
        }
    }

    public static void DoNotBlock(int descriptor) => _ = Libc.Fcntl(descriptor, Linux.F_SETFL, Linux.O_NONBLOCK);

    private static int Above(int descriptor)
    {
        if (descriptor >= Least)
        {
            return descriptor;
        }

        var moved = Libc.Fcntl(descriptor, DuplicateCloseOnExec, Least);
        _ = Libc.Close(descriptor);
        return moved >= 0 ? moved : throw GuestException.FromErrno("pipe");
    }

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
