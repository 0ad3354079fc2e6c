using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SecureAgent.SecretBroker;

/// <summary>Section <c>SecretBroker</c>; as environment <c>SecretBroker__MaxSecretBytes</c> and so on.</summary>
internal sealed class SecretBrokerOptions
{
    public const string Section = "SecretBroker";

    /// <summary>Largest value the embedded store takes, 1 to 1048576 bytes. Default 64 KiB.</summary>
    [Range(1, 1 << 20)]
    public int MaxSecretBytes { get; set; } = 64 << 10;

    /// <summary>Secrets the embedded store holds, 1 to 100000. Default 4096.</summary>
    [Range(1, 100_000)]
    public int MaxSecrets { get; set; } = 4096;

    /// <summary>Leases one session may hold at once, 1 to 100000. Default 4096.</summary>
    [Range(1, 100_000)]
    public int MaxLiveLeasesPerSession { get; set; } = 4096;

    /// <summary>Requests for a lease one session may cause a second, refused ones too, 1 to 1000000; as many at once after a pause. Default 500.</summary>
    [Range(1, 1_000_000)]
    public int MaxDrawsPerSecondPerSession { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class SecretBrokerOptionsValidator : IValidateOptions<SecretBrokerOptions>;
