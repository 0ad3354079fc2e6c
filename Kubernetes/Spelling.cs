namespace SecureAgent.Kubernetes;

/// <summary>How the choices are spelled on command lines and in documents.</summary>
public static class Spelling
{
    public static IReadOnlyDictionary<string, Isolation> Isolations { get; } = new Dictionary<string, Isolation>(StringComparer.Ordinal)
    {
        ["kata"] = Isolation.Kata,
        ["gvisor"] = Isolation.Gvisor,
    };

    public static IReadOnlyDictionary<string, SecretsDelivery> Secrets { get; } = new Dictionary<string, SecretsDelivery>(StringComparer.Ordinal)
    {
        ["broker"] = SecretsDelivery.Broker,
        ["external-secrets"] = SecretsDelivery.ExternalSecrets,
        ["vault-agent"] = SecretsDelivery.VaultAgent,
        ["vso"] = SecretsDelivery.Vso,
        ["sealed-secrets"] = SecretsDelivery.SealedSecrets,
        ["sops"] = SecretsDelivery.Sops,
    };

    public static string Of(Isolation isolation) => Isolations.Single(pair => pair.Value == isolation).Key;

    public static string Of(SecretsDelivery delivery) => Secrets.Single(pair => pair.Value == delivery).Key;
}
