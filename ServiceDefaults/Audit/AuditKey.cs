using System.Security.Cryptography;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>The key that authenticates chain heads: 32 random bytes in <c>audit/head.key</c>, mode 0600, made on first use.</summary>
internal static class AuditKey
{
    private const string FileName = "head.key";
    private const int Length = 32;

    public static byte[] LoadOrCreate(string auditRoot)
    {
        var path = Path.Combine(auditRoot, FileName);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(auditRoot, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var draft = Path.Combine(auditRoot, $".{FileName}.{Environment.ProcessId}");
            using (var file = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(RandomNumberGenerator.GetBytes(Length));
                file.Flush(flushToDisk: true);
            }

            PublishOrDiscard(draft, path);
        }

        return Load(auditRoot) ?? throw new AuditUnavailableException($"the audit key {path} disappeared");
    }

    /// <summary>Null when no log was ever written here.</summary>
    public static byte[]? Load(string auditRoot)
    {
        var path = Path.Combine(auditRoot, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var key = File.ReadAllBytes(path);
        return key.Length == Length ? key : throw new InvalidDataException($"the audit key {path} has {key.Length} bytes, not {Length}");
    }

    /// <summary>Several components may start at once on a new data directory: the first to arrive wins, the others read its key.</summary>
    private static void PublishOrDiscard(string draft, string path)
    {
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
