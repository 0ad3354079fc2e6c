using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Store;

/// <summary>
/// One secret as stored: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; name and version are associated data, so that a value cannot be
/// moved to another name or rolled back under a newer version.
/// </summary>
internal sealed record SealedSecret(string Name, long Version, long UpdatedUnixMs, byte[] Nonce, byte[] Ciphertext, byte[] Tag)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private static ReadOnlySpan<byte> Domain => "secureagent.secret.v1\0"u8;

    public static SealedSecret Seal(ReadOnlySpan<byte> key, string name, long version, long updatedUnixMs, ReadOnlySpan<byte> value)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var ciphertext = new byte[value.Length];
        var tag = new byte[TagLength];
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, value, ciphertext, tag, AssociatedData(name, version));
        return new SealedSecret(name, version, updatedUnixMs, nonce, ciphertext, tag);
    }

    /// <summary>Throws <see cref="CryptographicException"/> when key, name, version or bytes are not the ones it was sealed with.</summary>
    public SecretValue Open(SecretValue key)
    {
        if (Nonce.Length != NonceLength || Tag.Length != TagLength)
        {
            throw new CryptographicException("nonce or tag has the wrong length");
        }

        return SecretValue.Create(Ciphertext.Length, (Secret: this, Key: key), static (plain, state) =>
        {
            using var cipher = new AesGcm(state.Key.Bytes, TagLength);
            cipher.Decrypt(state.Secret.Nonce, state.Secret.Ciphertext, state.Secret.Tag, plain, AssociatedData(state.Secret.Name, state.Secret.Version));
        });
    }

    private static byte[] AssociatedData(string name, long version)
    {
        var text = Encoding.UTF8.GetBytes(name);
        var data = new byte[Domain.Length + sizeof(long) + text.Length];
        Domain.CopyTo(data);
        BinaryPrimitives.WriteInt64BigEndian(data.AsSpan(Domain.Length), version);
        text.CopyTo(data, Domain.Length + sizeof(long));
        return data;
    }
}
