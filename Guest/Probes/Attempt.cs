using System.Runtime.InteropServices;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>Single attempts; each undoes at once what it was able to do and answers 0 or an errno.</summary>
internal static unsafe class Attempt
{
    private const int CreateExclusive = 0x80 | 0x40; // O_EXCL | O_CREAT
    private const int WriteOnly = 1;
    private const int ReadWrite = 2;
    private const int NoTerminal = 0x100; // O_NOCTTY

    public static int Read(string path) => Open(path, 0);

    public static int Write(string path) => Open(path, WriteOnly);

    public static int ReadAndWrite(string path) => Open(path, ReadWrite | NoTerminal);

    /// <summary>A new file in a directory.</summary>
    public static int Create(string directory)
    {
        var path = $"{directory.TrimEnd('/')}/.probe";
        var answer = Open(path, CreateExclusive | WriteOnly);
        if (answer == 0)
        {
            _ = Libc.Unlink(path);
        }

        return answer;
    }

    public static int Call(nint number, nint arg1 = 0, nint arg2 = 0, nint arg3 = 0, nint arg4 = 0) =>
        Errno(Libc.Syscall(number, arg1, arg2, arg3, arg4));

    public static int Socket(int family, int type, int protocol)
    {
        var descriptor = Libc.Socket(family, type | Linux.SOCK_CLOEXEC, protocol);
        var answer = Errno(descriptor);
        _ = Libc.Close(descriptor);
        return answer;
    }

    public static int ConnectLoopback(int port)
    {
        var address = stackalloc byte[16]; // struct sockaddr_in
        new Span<byte>(address, 16).Clear();
        *(ushort*)address = Linux.AF_INET;
        (address[2], address[3], address[4], address[7]) = ((byte)(port >> 8), (byte)port, 127, 1);
        return Connect(Linux.AF_INET, address, 16);
    }

    public static int ConnectUnix(string path)
    {
        var address = stackalloc byte[110]; // struct sockaddr_un
        new Span<byte>(address, 110).Clear();
        *(ushort*)address = Linux.AF_UNIX;
        var length = System.Text.Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, 107));
        return Connect(Linux.AF_UNIX, address, length + 3);
    }

    /// <summary>For what is known by looking: right or not.</summary>
    public static int Holds(bool holds) => holds ? 0 : Linux.EINVAL;

    public static int Errno(nint result) => result < 0 ? Marshal.GetLastPInvokeError() : 0;

    private static int Open(string path, int flags)
    {
        var descriptor = Libc.OpenMode(path, flags | Linux.O_CLOEXEC, 0x180);
        var answer = Errno(descriptor);
        _ = Libc.Close(descriptor);
        return answer;
    }

    private static int Connect(int family, byte* address, int length)
    {
        var descriptor = Libc.Socket(family, SockStream | Linux.SOCK_CLOEXEC, 0);
        var answer = descriptor < 0 ? Errno(descriptor) : Errno(Libc.Connect(descriptor, address, length));
        _ = Libc.Close(descriptor);
        return answer;
    }

    private const int SockStream = 1;
}
