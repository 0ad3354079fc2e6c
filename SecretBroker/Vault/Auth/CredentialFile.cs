using System.Security.Cryptography;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Auth;

/// <summary>A credential in a file, read afresh for every login: whoever renews it replaces the file.</summary>
internal static class CredentialFile
{
    public static SecretValue Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VaultException(VaultError.LoginFailed, $"the credential file '{path}' cannot be read", error);
        }

        try
        {
            var trimmed = bytes.AsSpan().Trim(" \t\r\n"u8);
            return trimmed.Length > 0 && trimmed.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7e) < 0
                ? SecretValue.CopyOf(trimmed)
                : throw new VaultException(VaultError.LoginFailed, $"the credential file '{path}' is empty or holds more than one word");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
