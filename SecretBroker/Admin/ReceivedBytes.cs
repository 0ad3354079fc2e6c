using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;

namespace SecureAgent.SecretBroker.Admin;

internal static class ReceivedBytes
{
    /// <summary>Zeroes what a message brought.</summary>
    public static void Wipe(this ByteString value)
    {
        if (MemoryMarshal.TryGetArray(value.Memory, out var array))
        {
            CryptographicOperations.ZeroMemory(array);
        }
    }
}
