using System.Buffers.Binary;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Launch;

/// <summary>Reads the order from standard input, and not one byte more: what follows is the agent's.</summary>
internal static unsafe class LaunchOrder
{
    /// <summary>Null when the stream ended before there was one.</summary>
    public static IReadOnlyList<string>? Receive()
    {
        var head = new byte[LaunchWords.LengthBytes];
        if (!Fill(head))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 0 or > LaunchWords.MostBytes)
        {
            throw new GuestException($"an order of {length} bytes; at most {LaunchWords.MostBytes} are read");
        }

        var text = new byte[length];
        return Fill(text) ? LaunchWords.Read(text) : throw new GuestException("the order ended in the middle");
    }

    private static bool Fill(Span<byte> bytes)
    {
        fixed (byte* buffer = bytes)
        {
            for (var filled = 0; filled < bytes.Length;)
            {
                var count = Libc.Read(0, buffer + filled, bytes.Length - filled);
                if (count == 0)
                {
                    return false;
                }

                if (count < 0)
                {
                    throw GuestException.FromErrno("read the order");
                }

                filled += (int)count;
            }
        }

        return true;
    }
}
