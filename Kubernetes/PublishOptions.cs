namespace SecureAgent.Kubernetes;

/// <summary>The kernel boundary of an agent's pod.</summary>
public enum Isolation
{
    Kata,
    Gvisor,
}

/// <summary>How credentials come to the gates.</summary>
public enum SecretsDelivery
{
    /// <summary>SecretBroker reads Vault with its pod's own token: no Secret object exists.</summary>
    Broker,
    ExternalSecrets,
    VaultAgent,
    Vso,
    SealedSecrets,
    Sops,
}

/// <summary>What is written; the defaults are the strictest.</summary>
public sealed record PublishOptions
{
    public static IReadOnlyList<string> AllOverlays { get; } = ["local", "staging"];

    public Isolation Isolation { get; init; } = Isolation.Kata;

    public SecretsDelivery Secrets { get; init; } = SecretsDelivery.Broker;

    public IReadOnlyList<string> Overlays { get; init; } = AllOverlays;

    public string Profile { get; init; } = "default";

    /// <summary>The policy document, word for word: the gates in the cluster read the same text.</summary>
    public required string PolicyText { get; init; }

    /// <summary>Digests (<c>sha256:…</c>) of images that were pushed, by component; the others are named by version.</summary>
    public IReadOnlyDictionary<string, string> ImageDigests { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the document in error messages.</summary>
    public string PolicySource { get; init; } = "policy.yaml";
}

/// <summary>A choice that cannot be published; the message is one line and says how to mend it.</summary>
public sealed class PublishException(string message) : Exception(message);
