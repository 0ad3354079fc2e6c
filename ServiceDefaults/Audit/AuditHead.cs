using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>
/// How far a component's chain reached when it was last flushed, authenticated with the data directory's key: a chain cut at
/// its end, or rewritten as a whole, no longer agrees with it.
/// </summary>
/// <param name="Segment">Number of the newest file, from 1.</param>
/// <param name="Sequence">Sequence number of the newest record.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Mac">HMAC-SHA-256 over the other members.</param>
internal sealed record AuditHead(int Segment, long Sequence, string Hash, string Mac)
{
    private const string FileName = "head.json";

    public static AuditHead Create(string component, int segment, long sequence, string hash, byte[] key) =>
        new(segment, sequence, hash, ComputeMac(component, segment, sequence, hash, key));

    public bool IsAuthentic(string component, byte[] key) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Mac), Encoding.ASCII.GetBytes(ComputeMac(component, Segment, Sequence, Hash, key)));

    public void Save(string directory)
    {
        var path = Path.Combine(directory, FileName);
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, AuditHeadJson.Default.AuditHead));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Null when there is none. Throws <see cref="JsonException"/> when it is not readable as a head.</summary>
    public static AuditHead? Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), AuditHeadJson.Default.AuditHead) : null;
    }

    private static string ComputeMac(string component, int segment, long sequence, string hash, byte[] key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{component}|{segment}|{sequence}|{hash}")));
}

[JsonSerializable(typeof(AuditHead))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class AuditHeadJson : JsonSerializerContext;
