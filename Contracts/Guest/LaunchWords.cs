using System.Buffers.Binary;
using System.Text;

namespace SecureAgent.Contracts.Guest;

/// <summary>
/// What stage <c>launch</c> is told on its standard input: the words of a command line, each ended by NUL as in /proc/PID/cmdline, after their
/// length in bytes (32 bits, little-endian). What follows on that stream is the agent's.
/// </summary>
public static class LaunchWords
{
    public const int LengthBytes = 4;

    /// <summary>Longer than any command line of a driver: beyond it the reader gives up.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>Throws <see cref="ArgumentException"/> for a word that would be two.</summary>
    public static byte[] Write(IReadOnlyCollection<string> words)
    {
        if (words.FirstOrDefault(word => word.Contains('\0')) is { } broken)
        {
            throw new ArgumentException($"a word of a command line holds NUL: {broken.Replace('\0', '␀')}", nameof(words));
        }

        var text = Encoding.UTF8.GetBytes(string.Concat(words.Select(word => word + '\0')));
        var bytes = new byte[LengthBytes + text.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, LengthBytes);
        return bytes;
    }

    /// <param name="text">What follows the length.</param>
    public static IReadOnlyList<string> Read(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text).Split('\0')[..^1];
}
