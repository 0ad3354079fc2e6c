using System.Text.Json.Serialization;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Json;

/// <summary>What every answer of the API is wrapped in.</summary>
internal sealed record VaultEnvelope<T>(string? LeaseId, bool Renewable, long LeaseDuration, T? Data, VaultAuth? Auth, VaultWrap? WrapInfo)
    where T : class;

internal sealed record VaultAuth(
    [property: JsonConverter(typeof(SecretValueConverter))] SecretValue? ClientToken,
    string? Accessor, IReadOnlyList<string>? Policies, long LeaseDuration, bool Renewable);

internal sealed record VaultWrap([property: JsonConverter(typeof(SecretValueConverter))] SecretValue? Token, long Ttl);

internal sealed record VersionedSecret(SecretFields? Data, VersionFacts? Metadata);

/// <param name="DeletionTime">Empty when unset; on a live secret it may lie in the future.</param>
internal sealed record VersionFacts(long Version, string? DeletionTime, bool Destroyed);

internal sealed record MountFacts(string? Type, IReadOnlyDictionary<string, string?>? Options);

internal sealed record TokenFacts(string? Accessor, IReadOnlyList<string>? Policies, long Ttl, bool Renewable);

internal sealed record HealthFacts(bool Initialized, bool Sealed, bool Standby);

internal sealed record AppRoleBody(
    [property: JsonConverter(typeof(SecretValueConverter))] SecretValue RoleId,
    [property: JsonConverter(typeof(SecretValueConverter))] SecretValue SecretId);

internal sealed record JwtBody(string Role, [property: JsonConverter(typeof(SecretValueConverter))] SecretValue Jwt);

internal sealed record LeaseBody(string LeaseId, long? Increment, bool? Sync = null);

internal sealed record CertificateBody(string CommonName, string Ttl);

internal sealed record TransitBody(
    [property: JsonConverter(typeof(SecretValueConverter))] SecretValue? Input, string? Ciphertext);

internal sealed record EmptyBody;

internal sealed record SealFacts(bool Sealed, string? StorageType);

internal sealed record AclBody(string Policy);

internal sealed record RoleBody(IReadOnlyList<string> TokenPolicies, bool TokenNoDefaultPolicy, string TokenTtl, string TokenMaxTtl);

internal sealed record ProbeBody(IReadOnlyDictionary<string, string> Data);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VaultEnvelope<SecretFields>))]
[JsonSerializable(typeof(VaultEnvelope<VersionedSecret>))]
[JsonSerializable(typeof(VaultEnvelope<MountFacts>))]
[JsonSerializable(typeof(VaultEnvelope<TokenFacts>))]
[JsonSerializable(typeof(HealthFacts))]
[JsonSerializable(typeof(AppRoleBody))]
[JsonSerializable(typeof(JwtBody))]
[JsonSerializable(typeof(LeaseBody))]
[JsonSerializable(typeof(CertificateBody))]
[JsonSerializable(typeof(TransitBody))]
[JsonSerializable(typeof(EmptyBody))]
[JsonSerializable(typeof(SealFacts))]
[JsonSerializable(typeof(AclBody))]
[JsonSerializable(typeof(RoleBody))]
[JsonSerializable(typeof(ProbeBody))]
[JsonSerializable(typeof(VaultEnvelope<Dictionary<string, MountFacts>>))]
internal sealed partial class VaultJson : JsonSerializerContext;
