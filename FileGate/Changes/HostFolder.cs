using System.Security.Cryptography;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Changes;

/// <summary>A folder of the host, looked at and changed relative to its handle, without any proposal over it. Methods give 0 or the errno.</summary>
internal sealed class HostFolder(DescriptorHandle root)
{
    private const int ChunkBytes = 128 * 1024;
    private const long MaxReadBytes = 16 << 20;
    private const int PlainMode = 0b110_100_100;
    public const int Permissions = 0b111_111_111;

    public const int NewFileMode = PlainMode;

    /// <summary>The directory that holds a path.</summary>
    public int OpenParent(string path, out DescriptorHandle parent) => OpenDirectory(ChangeSet.ParentOf(path), out parent);

    public int OpenDirectory(string path, out DescriptorHandle directory) =>
        root.Open(path.Length == 0 ? "." : path, OpenFlags.ForList, out directory);

    /// <summary>Hash and mode of a regular file; nothing for a path where nothing is. Anything else is an errno.</summary>
    public int Look(string path, out HostState state)
    {
        state = default;
        var error = root.Open(path, OpenFlags.ForRead, out var file);
        using (file)
        {
            if (error == Libc.NoEntry)
            {
                return 0;
            }

            return error != 0 ? error : Describe(file, out state);
        }
    }

    public static int Look(DescriptorHandle parent, string name, out HostState state)
    {
        state = default;
        var error = parent.Open(name, OpenFlags.ForRead, out var file);
        using (file)
        {
            return error == Libc.NoEntry ? 0 : error != 0 ? error : Describe(file, out state);
        }
    }

    /// <summary>The whole of a regular file that is small enough to be a change.</summary>
    public int Read(string path, out ReadOnlyMemory<byte> content)
    {
        content = default;
        var error = root.Open(path, OpenFlags.ForRead, out var file);
        using (file)
        {
            FileFacts facts = default;
            error = error != 0 ? error : Libc.Describe(file, out facts);
            if (error != 0 || !facts.IsRegular || facts.Size > MaxReadBytes)
            {
                return error != 0 ? error : Libc.IsDirectory;
            }

            var buffer = new byte[facts.Size];
            var read = Libc.Read(file, buffer, 0, out error);
            content = buffer.AsMemory(0, Math.Max(read, 0));
            return error;
        }
    }

    /// <summary>A new file beside <paramref name="name"/>, owned as the directory is.</summary>
    public static int CreateBeside(DescriptorHandle parent, string temporary, ReadOnlySpan<byte> content, int mode, out FileFacts facts)
    {
        facts = default;
        var error = Libc.Describe(parent, out var directory);
        error = error != 0 ? error : TreeCalls.CreateFile(parent, temporary, content, mode & Permissions, (directory.User, directory.Group), out facts);
        if (error is not (0 or TreeCalls.Exists))
        {
            TreeCalls.RemoveFile(parent, temporary);
        }

        return error;
    }

    /// <summary>Puts content where nothing is, or in place of the file <paramref name="expected"/> describes. A file that is another by then stays.</summary>
    /// <param name="mode">Permission bits it shall have; null for those it has, or a plain file's.</param>
    public int Write(string path, in FileFacts? expected, ReadOnlySpan<byte> content, int? mode = null)
    {
        var error = OpenParent(path, out var parent);
        using (parent)
        {
            if (error != 0)
            {
                return error;
            }

            var (name, temporary) = (ChangeSet.NameOf(path), TemporaryNames.New());
            error = CreateBeside(parent, temporary, content, mode ?? expected?.Mode ?? PlainMode, out _);
            if (error == 0)
            {
                error = expected is { } before ? Replace(parent, name, temporary, before) : TreeCalls.Move(parent, temporary, parent, name);
                if (error != 0 || expected is not null)
                {
                    TreeCalls.RemoveFile(parent, temporary);
                }
            }

            return error != 0 ? error : TreeCalls.Flush(parent);
        }
    }

    /// <summary>Takes the file away if it still is the one described.</summary>
    public int Delete(string path, in FileFacts expected)
    {
        var error = OpenParent(path, out var parent);
        using (parent)
        {
            var (name, temporary) = (ChangeSet.NameOf(path), TemporaryNames.New());
            error = error != 0 ? error : TreeCalls.Move(parent, name, parent, temporary);
            if (error == 0 && !IsSame(parent, temporary, expected))
            {
                TreeCalls.Move(parent, temporary, parent, name);
                return TreeCalls.Exists;
            }

            error = error != 0 ? error : TreeCalls.RemoveFile(parent, temporary);
            return error != 0 ? error : TreeCalls.Flush(parent);
        }
    }

    public int Move(string from, string to, in FileFacts expected)
    {
        var error = OpenParent(from, out var source);
        using (source)
        {
            if (error != 0)
            {
                return error;
            }

            error = OpenParent(to, out var target);
            using (target)
            {
                var (name, newName) = (ChangeSet.NameOf(from), ChangeSet.NameOf(to));
                error = error != 0 ? error : TreeCalls.Move(source, name, target, newName);
                if (error == 0 && !IsSame(target, newName, expected))
                {
                    TreeCalls.Move(target, newName, source, name);
                    return TreeCalls.Exists;
                }

                error = error != 0 ? error : TreeCalls.Flush(target);
                return error != 0 ? error : TreeCalls.Flush(source);
            }
        }
    }

    public int CreateDirectory(string path)
    {
        var error = OpenParent(path, out var parent);
        using (parent)
        {
            FileFacts facts = default;
            error = error != 0 ? error : Libc.Describe(parent, out facts);
            error = error != 0 ? error : TreeCalls.CreateDirectory(parent, ChangeSet.NameOf(path), 0b111_101_101, (facts.User, facts.Group));
            return error != 0 ? error : TreeCalls.Flush(parent);
        }
    }

    /// <summary>Exchanges and looks at what came out: an edit of the host between look and swap is found, and put back.</summary>
    private static int Replace(DescriptorHandle parent, string name, string temporary, in FileFacts before)
    {
        var error = TreeCalls.Swap(parent, temporary, parent, name);
        if (error == 0 && !IsSame(parent, temporary, before))
        {
            TreeCalls.Swap(parent, temporary, parent, name);
            return TreeCalls.Exists;
        }

        return error;
    }

    /// <summary>A rename changes the change time, so that alone may differ.</summary>
    private static bool IsSame(DescriptorHandle parent, string name, in FileFacts before) =>
        TreeCalls.Child(parent, name) is { } now && now.AsVersion() with { ChangedNanoseconds = 0 } == before.AsVersion() with { ChangedNanoseconds = 0 };

    private static int Describe(DescriptorHandle file, out HostState state)
    {
        state = default;
        var error = Libc.Describe(file, out var facts);
        if (error != 0 || !facts.IsRegular)
        {
            return error != 0 ? error : Libc.IsDirectory;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[ChunkBytes];
        for (long done = 0; ;)
        {
            var read = Libc.Read(file, buffer, done, out error);
            if (read <= 0)
            {
                state = new HostState(Convert.ToHexStringLower(hash.GetHashAndReset()), facts.Mode & Permissions);
                return error;
            }

            hash.AppendData(buffer, 0, read);
            done += read;
        }
    }
}
