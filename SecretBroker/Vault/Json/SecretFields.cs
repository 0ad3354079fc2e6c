using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Json;

/// <summary>The fields of one secret: text unescaped, numbers and truth values as written, so that none loses digits. Nested values are left out.</summary>
[JsonConverter(typeof(SecretFieldsConverter))]
internal sealed class SecretFields : IDisposable
{
    private readonly Dictionary<string, SecretValue> values = new(StringComparer.Ordinal);

    /// <summary>Takes the field out; the caller disposes it.</summary>
    public SecretValue? Take(string field) => values.Remove(field, out var value) ? value : null;

    public void Dispose()
    {
        foreach (var value in values.Values)
        {
            value.Dispose();
        }
    }

    internal void Put(string field, SecretValue value)
    {
        if (values.Remove(field, out var former))
        {
            former.Dispose();
        }

        values[field] = value;
    }
}

internal sealed class SecretFieldsConverter : JsonConverter<SecretFields>
{
    public override SecretFields Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("fields are an object");
        }

        var fields = new SecretFields();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
            {
                fields.Put(name, SecretValueConverter.ValueOf(ref reader));
            }
            else
            {
                reader.Skip();
            }
        }

        return fields;
    }

    public override void Write(Utf8JsonWriter writer, SecretFields value, JsonSerializerOptions options) => throw new NotSupportedException();
}

/// <summary>Between JSON and pinned memory without a string in between.</summary>
internal sealed class SecretValueConverter : JsonConverter<SecretValue>
{
    public override SecretValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String ? ValueOf(ref reader) : throw new JsonException("text is expected");

    public override void Write(Utf8JsonWriter writer, SecretValue value, JsonSerializerOptions options) => writer.WriteStringValue(value.Bytes);

    public static SecretValue ValueOf(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not JsonTokenType.String || !reader.ValueIsEscaped)
        {
            return SecretValue.CopyOf(reader.ValueSpan);
        }

        var draft = GC.AllocateArray<byte>(reader.ValueSpan.Length, pinned: true);
        try
        {
            return SecretValue.CopyOf(draft.AsSpan(0, reader.CopyString(draft)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(draft);
        }
    }
}
