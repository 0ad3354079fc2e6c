using System.Runtime.InteropServices;

namespace SecureAgent.ServiceDefaults.Native;

/// <summary>chown(2).</summary>
public static partial class FileOwner
{
    /// <summary>Leaves the owner or the group as it is.</summary>
    public const uint Same = uint.MaxValue;

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);

    /// <exception cref="IOException">The kernel refused, and why.</exception>
    public static void Change(string path, uint owner, uint group)
    {
        if (Chown(path, owner, group) != 0)
        {
            throw new IOException($"chown {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }
}
