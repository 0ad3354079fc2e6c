using Microsoft.Extensions.Configuration;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>Where other gates come in, in a cluster: what the loopback service endpoint is on a laptop, over TLS.</summary>
internal sealed record ServiceDoorOptions
{
    public const string Section = "ServiceDoor";

    /// <summary>Address and port, such as <c>0.0.0.0:8444</c>.</summary>
    public required string Listen { get; init; }

    /// <summary>Directory with <c>tls.crt</c> and <c>tls.key</c>.</summary>
    public required string CertificateDirectory { get; init; }

    /// <summary>The cluster's token keys, a JWKS file.</summary>
    public required string KeysFile { get; init; }

    /// <summary>Who must have issued a token.</summary>
    public required string Issuer { get; init; }

    /// <summary>The namespace of the gates; an account of it is the component of that name.</summary>
    public required string Namespace { get; init; }

    /// <summary>Null when there is no door; with one setting, all must be there.</summary>
    public static ServiceDoorOptions? From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        return !section.GetChildren().Any()
            ? null
            : new ServiceDoorOptions
            {
                Listen = section.Required(nameof(Listen)),
                CertificateDirectory = section.Required(nameof(CertificateDirectory)),
                KeysFile = section.Required(nameof(KeysFile)),
                Issuer = section.Required(nameof(Issuer)),
                Namespace = section.Required(nameof(Namespace)),
            };
    }
}
