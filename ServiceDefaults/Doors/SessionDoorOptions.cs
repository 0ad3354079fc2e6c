using Microsoft.Extensions.Configuration;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>Where agents' relays come in, in a cluster; a laptop has no such door.</summary>
internal sealed record SessionDoorOptions
{
    public const string Section = "SessionDoor";

    /// <summary>Address and port, such as <c>0.0.0.0:8443</c>.</summary>
    public required string Listen { get; init; }

    /// <summary>Directory with <c>tls.crt</c> and <c>tls.key</c>.</summary>
    public required string CertificateDirectory { get; init; }

    /// <summary>The cluster's token keys, a JWKS file.</summary>
    public required string KeysFile { get; init; }

    /// <summary>Who must have issued a token.</summary>
    public required string Issuer { get; init; }

    /// <summary>For whom a token must be.</summary>
    public required string Audience { get; init; }

    /// <summary>The one account that agents' pods run as.</summary>
    public required string Subject { get; init; }

    /// <summary>Null when there is no door; with one setting, all must be there.</summary>
    public static SessionDoorOptions? From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        return !section.GetChildren().Any()
            ? null
            : new SessionDoorOptions
            {
                Listen = section.Required(nameof(Listen)),
                CertificateDirectory = section.Required(nameof(CertificateDirectory)),
                KeysFile = section.Required(nameof(KeysFile)),
                Issuer = section.Required(nameof(Issuer)),
                Audience = section.Required(nameof(Audience)),
                Subject = section.Required(nameof(Subject)),
            };
    }
}
