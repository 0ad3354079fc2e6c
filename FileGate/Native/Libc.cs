using System.Runtime.InteropServices;
using System.Text;

namespace SecureAgent.FileGate.Native;

/// <summary>The system calls that open, describe and read a handle. Linux, x86-64 and arm64; the pages named are of the Linux man-pages.</summary>
internal static partial class Libc
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int InputOutput = 5;
    public const int Interrupted = 4;

    /// <summary>Not the kernel's: the handle was closed, the session is over.</summary>
    public const int Closed = -1;
    public const int NoDevice = 6;
    public const int TryAgain = 11;
    public const int AccessDenied = 13;
    public const int CrossDevice = 18;
    public const int NoSuchDevice = 19;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int InvalidArgument = 22;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int NotEmpty = 39;
    public const int Loop = 40;

    private const long OpenAt2Number = 437;
    private const int NoWait = 0x8;
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const int SymlinkNoFollow = 0x100;
    private const int NoAutomount = 0x800;
    private const uint AllStats = 0xfff;
    private const uint MountId = 0x1000;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long OpenAt2(long number, nint directory, byte* path, OpenHow* how, nint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatX(DescriptorHandle directory, byte* path, int flags, uint mask, StatXBuffer* result);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static unsafe partial nint PRead(DescriptorHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long PReadV2(long number, nint file, IoVector* vector, long count, long offset, long upperHalf, long flags);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    private static unsafe partial nint GetDents(DescriptorHandle directory, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(nint descriptor);

    /// <summary>openat2(2) relative to <paramref name="directory"/>; null opens an absolute path of the operator's, unrestricted.</summary>
    /// <returns>0 and the handle, or the errno.</returns>
    public static unsafe int Open(DescriptorHandle? directory, string path, ulong flags, ulong resolve, out DescriptorHandle handle)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            handle = new DescriptorHandle(-1);
            return InvalidArgument;
        }

        var how = new OpenHow { Flags = flags, Resolve = resolve };
        var held = false;
        try
        {
            directory?.DangerousAddRef(ref held);
            fixed (byte* name = Terminated(path))
            {
                var descriptor = OpenAt2(
                    OpenAt2Number, directory?.DangerousGetHandle() ?? CurrentDirectory, name, &how, sizeof(OpenHow));

                // One object and no more: each is known to the finalizer until it is closed.
                handle = new DescriptorHandle((nint)descriptor);
                return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
        }
        finally
        {
            if (held)
            {
                directory!.DangerousRelease();
            }
        }
    }

    /// <summary>Facts of the open handle itself.</summary>
    public static unsafe int Describe(DescriptorHandle handle, out FileFacts facts)
    {
        byte empty = 0;
        return Describe(handle, &empty, EmptyPath, out facts);
    }

    /// <summary>Facts of a direct child of an open directory, never through a link.</summary>
    public static unsafe int DescribeChild(DescriptorHandle directory, ReadOnlySpan<byte> terminatedName, out FileFacts facts)
    {
        fixed (byte* name = terminatedName)
        {
            return Describe(directory, name, SymlinkNoFollow | NoAutomount, out facts);
        }
    }

    /// <summary>pread(2) until the buffer is full or the file ends.</summary>
    /// <returns>Bytes read, or -1 with the errno in <paramref name="error"/>.</returns>
    public static unsafe int Read(DescriptorHandle file, Span<byte> buffer, long offset, out int error)
    {
        var total = 0;
        error = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                var read = PRead(file, start + total, buffer.Length - total, offset + total);
                if (read < 0)
                {
                    error = Marshal.GetLastPInvokeError();
                    if (error == Interrupted)
                    {
                        continue;
                    }

                    return -1;
                }

                if (read == 0)
                {
                    break;
                }

                total += (int)read;
            }
        }

        error = 0;
        return total;
    }

    /// <summary>preadv2(2) of what is in memory.</summary>
    /// <returns>As many bytes as the buffer holds, or -1: anything less may be for want of waiting.</returns>
    public static unsafe int ReadCached(DescriptorHandle file, Span<byte> buffer, long offset)
    {
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            fixed (byte* start = buffer)
            {
                var vector = new IoVector { Start = start, Length = buffer.Length };
                return PReadV2(PReadV2Number, file.DangerousGetHandle(), &vector, 1, offset, 0, NoWait) == buffer.Length ? buffer.Length : -1;
            }
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>The next run of raw directory entries; 0 at the end, -1 on failure.</summary>
    public static unsafe int ReadEntries(DescriptorHandle directory, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)GetDents(directory, start, buffer.Length);
        }
    }

    private static unsafe int Describe(DescriptorHandle handle, byte* name, int flags, out FileFacts facts)
    {
        StatXBuffer buffer;
        facts = default;
        if (StatX(handle, name, flags, AllStats | MountId, &buffer) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        facts = FileFacts.From(in buffer);
        return 0;
    }

    public static string Message(int error) => Marshal.GetPInvokeErrorMessage(error);

    private static byte[] Terminated(string path)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }

    private static long PReadV2Number { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 286 : 327;

    /// <summary>struct iovec, readv(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public byte* Start;
        public nint Length;
    }

    /// <summary>struct open_how, openat2(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
