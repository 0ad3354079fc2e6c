using System.Runtime.InteropServices;
using System.Text;

namespace SecureAgent.FileGate.Native;

/// <summary>The system calls that change a tree, always relative to an open directory and with one plain name.</summary>
internal static partial class TreeCalls
{
    public const int Exists = 17;

    private const uint NoReplace = 1;
    private const uint Exchange = 2;
    private const int RemoveDirectoryFlag = 0x200;
    private const int NoFollowFlag = 0x100;
    private const int MaxTarget = 4096;

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(DescriptorHandle from, string name, DescriptorHandle to, string newName, uint flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(DescriptorHandle parent, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(DescriptorHandle parent, string name, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int ChangeMode(DescriptorHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(DescriptorHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SymbolicLink(string target, DescriptorHandle parent, string name);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint ReadLinkAt(DescriptorHandle parent, string name, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerAt(DescriptorHandle parent, string name, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronise(DescriptorHandle file);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(DescriptorHandle file, byte* buffer, nint count);

    /// <summary>0, or the errno: <see cref="Exists"/> when the new name is taken.</summary>
    public static int Move(DescriptorHandle from, string name, DescriptorHandle to, string newName) => Errno(Rename(from, Plain(name), to, Plain(newName), NoReplace));

    /// <summary>Both names must exist; each gets the other's file.</summary>
    public static int Swap(DescriptorHandle from, string name, DescriptorHandle to, string newName) => Errno(Rename(from, Plain(name), to, Plain(newName), Exchange));

    /// <summary>A directory with exactly this mode, whatever the umask.</summary>
    public static int CreateDirectory(DescriptorHandle parent, string name, int mode, (uint User, uint Group) owner)
    {
        var error = Errno(MakeDirectory(parent, Plain(name), 0b111_000_000));
        if (error != 0)
        {
            return error;
        }

        error = parent.Open(name, OpenFlags.ForList, out var directory);
        using (directory)
        {
            return error != 0 ? error : SetOwnerAndMode(directory, owner, mode);
        }
    }

    public static int RemoveFile(DescriptorHandle parent, string name) => Errno(Unlink(parent, Plain(name), 0));

    public static int RemoveDirectory(DescriptorHandle parent, string name) => Errno(Unlink(parent, Plain(name), RemoveDirectoryFlag));

    public static int Flush(DescriptorHandle file) => Errno(Synchronise(file));

    /// <summary>A new file with this content and mode, on disk when this returns 0.</summary>
    public static unsafe int CreateFile(DescriptorHandle parent, string name, ReadOnlySpan<byte> content, int mode, (uint User, uint Group) owner, out FileFacts facts)
    {
        facts = default;
        var error = parent.Open(Plain(name), OpenFlags.ForCreate, out var file);
        using (file)
        {
            if (error != 0)
            {
                return error;
            }

            fixed (byte* start = content)
            {
                for (var done = 0; done < content.Length;)
                {
                    var written = Write(file, start + done, content.Length - done);
                    if (written < 0 && Marshal.GetLastPInvokeError() is var failed && failed != Libc.Interrupted)
                    {
                        return failed;
                    }

                    done += (int)Math.Max(written, 0);
                }
            }

            error = SetOwnerAndMode(file, owner, mode);
            error = error != 0 ? error : Flush(file);
            return error != 0 ? error : Libc.Describe(file, out facts);
        }
    }

    /// <summary>A symbolic link; where it points is the operator's decision.</summary>
    public static int CreateLink(DescriptorHandle parent, string name, ReadOnlySpan<byte> target, (uint User, uint Group) owner)
    {
        var error = Errno(SymbolicLink(Encoding.UTF8.GetString(target), parent, Plain(name)));
        return error != 0 ? error : Errno(ChangeOwnerAt(parent, name, owner.User, owner.Group, NoFollowFlag)) is var given && given == Libc.NotPermitted ? 0 : given;
    }

    /// <summary>Null when the name is no symbolic link.</summary>
    public static unsafe byte[]? ReadLink(DescriptorHandle parent, string name)
    {
        var buffer = new byte[MaxTarget];
        fixed (byte* start = buffer)
        {
            var length = ReadLinkAt(parent, Plain(name), start, buffer.Length);
            return length is > 0 and < MaxTarget ? buffer[..(int)length] : null;
        }
    }

    /// <summary>Gives a file or directory of the server's own to a user, with this mode.</summary>
    public static int Give(string path, uint user, int mode, out FileFacts facts)
    {
        facts = default;
        var error = Libc.Open(null, path, OpenFlags.ForRead, resolve: 0, out var file);
        using (file)
        {
            error = error != 0 ? error : SetOwnerAndMode(file, (user, user), mode);
            return error != 0 ? error : Libc.Describe(file, out facts);
        }
    }

    /// <summary>Facts of a direct child, never through a link; null when there is none.</summary>
    public static FileFacts? Child(DescriptorHandle parent, string name)
    {
        Span<byte> terminated = stackalloc byte[DirectoryReader.MaxNameBytes + 1];
        terminated[Encoding.UTF8.GetBytes(Plain(name), terminated)] = 0;
        return Libc.DescribeChild(parent, terminated, out var facts) == 0 ? facts : null;
    }

    /// <summary>A server that is not root cannot give files away, and need not: the folder is its own user's.</summary>
    private static int SetOwnerAndMode(DescriptorHandle file, (uint User, uint Group) owner, int mode)
    {
        var error = Errno(ChangeOwner(file, owner.User, owner.Group));
        return error is 0 or Libc.NotPermitted ? Errno(ChangeMode(file, (uint)mode)) : error;
    }

    private static int Errno(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    private static string Plain(string name) => name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("One plain name is needed.", nameof(name))
        : name;
}
