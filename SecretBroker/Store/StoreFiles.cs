using SecureAgent.SecretBroker.Native;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker.Store;

/// <summary>Files only this user can read, replaced whole or not at all.</summary>
internal static class StoreFiles
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static void RequireDirectory(string path)
    {
        Directory.CreateDirectory(path, OwnerDirectory);
        RequireOwnerOnly(path, "700");
    }

    /// <summary>Null when there is no such file. Throws <see cref="StartupException"/> when others may read or write it.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        RequireOwnerOnly(path, "600");
        return File.ReadAllBytes(path);
    }

    /// <summary>Writes beside the file, flushes, renames over it, flushes the directory: a crash leaves the old content or the new.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerFile, BufferSize = 0,
        }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        Libc.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static void RequireOwnerOnly(string path, string mode)
    {
        if ((File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new StartupException($"{path} can be read or written by others; run: chmod {mode} '{path}' (and replace the secrets in it if others could have read them)");
        }
    }
}
