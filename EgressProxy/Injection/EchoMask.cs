using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>
/// The forms in which a destination may echo an injected value: as it is, percent-encoded, escaped for JSON, in base64. Each found one is overwritten
/// with '*', byte for byte, so that lengths stay. Pure but for its needles, which are zeroed with it.
/// </summary>
internal sealed class EchoMask : IDisposable
{
    private const byte Star = (byte)'*';

    private readonly byte[][] needles;

    public EchoMask(ReadOnlySpan<byte> value)
        : this(FormsOf(value))
    {
    }

    /// <summary>Longer forms first, as one value may begin with another.</summary>
    private EchoMask(IEnumerable<byte[]> forms) => needles = [.. forms.DistinctBy(Convert.ToHexString).OrderByDescending(form => form.Length)];

    public static EchoMask Of(IEnumerable<SecretLease> leases) => new(leases.SelectMany(lease => FormsOf(lease.Value.Bytes)));

    /// <summary>Most bytes that may be held back between two pieces of a stream.</summary>
    public int MaxHeld => needles.Max(needle => needle.Length) - 1;

    /// <summary>Overwrites every whole echo.</summary>
    /// <returns>How many bytes at the end may be the beginning of one that is not over yet.</returns>
    public int Apply(Span<byte> bytes)
    {
        foreach (var needle in needles)
        {
            var from = 0;
            for (int at; (at = bytes[from..].IndexOf(needle)) >= 0; from += at + needle.Length)
            {
                bytes.Slice(from + at, needle.Length).Fill(Star);
            }
        }

        var held = 0;
        foreach (var needle in needles)
        {
            for (var length = Math.Min(bytes.Length, needle.Length - 1); length > held; length--)
            {
                if (bytes[^length..].SequenceEqual(needle.AsSpan(0, length)))
                {
                    held = length;
                    break;
                }
            }
        }

        return held;
    }

    /// <summary>Of a header's value, Latin-1 as on the wire.</summary>
    public string? Apply(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return value;
        }

        var bytes = Encoding.Latin1.GetBytes(value);
        Apply(bytes.AsSpan());
        return Encoding.Latin1.GetString(bytes);
    }

    private static byte[][] FormsOf(ReadOnlySpan<byte> value)
    {
        var text = Encoding.Latin1.GetString(value);
        return
        [
            value.ToArray(),
            Encoding.ASCII.GetBytes(Uri.EscapeDataString(text)),
            JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.ToArray(),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(value).TrimEnd('=')),
        ];
    }

    public void Dispose()
    {
        foreach (var needle in needles)
        {
            CryptographicOperations.ZeroMemory(needle);
        }
    }
}
