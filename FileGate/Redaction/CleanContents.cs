using System.Buffers.Binary;

namespace SecureAgent.FileGate.Redaction;

/// <summary>Contents that were scanned and hold no secret, by their SHA-256: the same content needs no second scan, whoever reads it.</summary>
internal static class CleanContents
{
    private const int Places = 4096;

    /// <summary>Each hash has one place; a newer one takes it over.</summary>
    private static readonly byte[]?[] Known = new byte[]?[Places];

    public static bool Contains(byte[] hash) => Volatile.Read(ref Known[PlaceOf(hash)]) is { } known && known.AsSpan().SequenceEqual(hash);

    public static void Add(byte[] hash) => Volatile.Write(ref Known[PlaceOf(hash)], hash);

    private static int PlaceOf(byte[] hash) => BinaryPrimitives.ReadUInt16LittleEndian(hash) % Places;
}
