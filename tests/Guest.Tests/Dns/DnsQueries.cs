using System.Text;

namespace SecureAgent.Guest.Tests.Dns;

internal static class DnsQueries
{
    public static byte[] Build(IEnumerable<string> labels, ushort type) => Build(labels.Select(Encoding.Latin1.GetBytes), type);

    public static byte[] Build(IEnumerable<byte[]> labels, ushort type)
    {
        var message = new List<byte> { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in labels)
        {
            message.Add((byte)label.Length);
            message.AddRange(label);
        }

        message.AddRange([0, (byte)(type >> 8), (byte)type, 0, 1]);
        return [.. message];
    }
}
