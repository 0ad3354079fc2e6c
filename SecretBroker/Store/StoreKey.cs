using System.Security.Cryptography;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Store;

/// <summary>The key of the embedded store: 32 random bytes in <c>store.key</c>, made with the first store and never after.</summary>
internal static class StoreKey
{
    public const int Length = 32;

    public static SecretValue Load(string path)
    {
        var bytes = StoreFiles.Read(path)
            ?? throw new StartupException($"the key {path} of the secret store is missing; restore it from a backup, or move the store file next to it away and set every secret again");
        try
        {
            return bytes.Length == Length
                ? SecretValue.CopyOf(bytes)
                : throw new StartupException($"the key {path} of the secret store has {bytes.Length} bytes, not {Length}; restore it from a backup");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public static SecretValue Create(string path)
    {
        var key = SecretValue.Create(Length, 0, static (bytes, _) => RandomNumberGenerator.Fill(bytes));
        StoreFiles.Replace(path, key.Bytes);
        return key;
    }
}
