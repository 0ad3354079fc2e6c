using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Store;

/// <summary>The store's file: names, versions and times in the clear, values sealed.</summary>
internal sealed record StoreDocument(int Format, IReadOnlyList<SealedSecret> Secrets)
{
    public const int CurrentFormat = 1;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, StoreJson.Default.StoreDocument);

    /// <summary>Reads and authenticates every entry; nothing is repaired, dropped or overwritten.</summary>
    public static Dictionary<string, SealedSecret> Load(string path, byte[] content, SecretValue key)
    {
        var secrets = new Dictionary<string, SealedSecret>(StringComparer.Ordinal);
        foreach (var secret in Parse(path, content).Secrets)
        {
            if (!SecretName.IsValid(secret.Name) || secret.Version < 1 || !secrets.TryAdd(secret.Name, secret))
            {
                throw Corrupt(path, "it holds an impossible entry", null);
            }

            try
            {
                secret.Open(key).Dispose();
            }
            catch (CryptographicException error)
            {
                throw Corrupt(path, $"secret '{secret.Name}' does not open with the key beside it", error);
            }
        }

        return secrets;
    }

    private static StoreDocument Parse(string path, byte[] content)
    {
        try
        {
            var document = JsonSerializer.Deserialize(content, StoreJson.Default.StoreDocument);
            return document switch
            {
                null => throw Corrupt(path, "it is empty", null),
                { Format: not CurrentFormat } => throw new StartupException($"the secret store {path} has format {document.Format}; this version reads format {CurrentFormat}: use the version that wrote it"),
                _ => document,
            };
        }
        catch (JsonException error)
        {
            throw Corrupt(path, $"line {error.LineNumber + 1} is not what this program writes", error);
        }
    }

    private static StartupException Corrupt(string path, string what, Exception? inner) =>
        new($"the secret store {path} is damaged: {what}; nothing was changed: restore the file from a backup, or move it away and set the secrets again", inner);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(StoreDocument))]
internal sealed partial class StoreJson : JsonSerializerContext;
