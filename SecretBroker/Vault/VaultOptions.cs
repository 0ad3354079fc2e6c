using Microsoft.Extensions.Options;

namespace SecureAgent.SecretBroker.Vault;

/// <summary>How the broker proves itself to the store.</summary>
internal enum VaultLogin
{
    Token = 0,
    AppRole,
    Kubernetes,
    Jwt,
}

/// <summary>Section <c>SecretBroker:Vault</c>; as environment <c>SecretBroker__Vault__Address</c> and so on.</summary>
internal sealed class VaultOptions
{
    public const string Section = "SecretBroker:Vault";

    /// <summary>Address of Vault or OpenBao; empty for none. https, or http on loopback.</summary>
    public string Address { get; set; } = "";

    public string Namespace { get; set; } = "";

    /// <summary>PEM file with the only certificate authority to trust; empty for the system's.</summary>
    public string CaFile { get; set; } = "";

    public VaultLogin Login { get; set; }

    /// <summary>Where the login method is mounted; empty for its usual place.</summary>
    public string LoginMount { get; set; } = "";

    /// <summary>Role of Kubernetes and JWT logins.</summary>
    public string Role { get; set; } = "";

    /// <summary>File with the token, or with the JWT.</summary>
    public string TokenFile { get; set; } = "";

    public string RoleIdFile { get; set; } = "";

    public string SecretIdFile { get; set; } = "";

    /// <summary>Whether the secret-id file holds a wrapping token.</summary>
    public bool SecretIdWrapped { get; set; }

    /// <summary>A development store: a root token is accepted.</summary>
    public bool Dev { get; set; }

    /// <summary>Time one request may take, 100 ms to 60 s. Default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    public bool IsConfigured => Address.Length > 0;
}

internal sealed class VaultOptionsValidator : IValidateOptions<VaultOptions>
{
    public ValidateOptionsResult Validate(string? name, VaultOptions options)
    {
        var errors = Errors(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Errors(VaultOptions options)
    {
        if (!options.IsConfigured)
        {
            yield break;
        }

        if (!Uri.TryCreate(options.Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0 || address.PathAndQuery != "/" || address.Fragment.Length > 0)
        {
            yield return $"{VaultOptions.Section}:Address must be https://HOST:PORT without path, query or user";
        }
        else if (address.Scheme == "http" && !address.IsLoopback)
        {
            yield return $"{VaultOptions.Section}:Address: credentials travel in clear over http; use https, or a loopback address";
        }

        if (!Enum.IsDefined(options.Login))
        {
            yield return $"{VaultOptions.Section}:Login must be Token, AppRole, Kubernetes or Jwt";
        }

        if (options.Timeout < TimeSpan.FromMilliseconds(100) || options.Timeout > TimeSpan.FromSeconds(60))
        {
            yield return $"{VaultOptions.Section}:Timeout must be 100 ms to 60 s";
        }

        if (options.Login is VaultLogin.AppRole)
        {
            if (options.RoleIdFile.Length == 0 || options.SecretIdFile.Length == 0)
            {
                yield return $"{VaultOptions.Section}: an AppRole login needs RoleIdFile and SecretIdFile";
            }
        }
        else if (options.TokenFile.Length == 0)
        {
            yield return $"{VaultOptions.Section}: a {options.Login} login needs TokenFile";
        }

        if (options.Login is VaultLogin.Kubernetes or VaultLogin.Jwt && options.Role.Length == 0)
        {
            yield return $"{VaultOptions.Section}: a {options.Login} login needs Role";
        }

        if (options.CaFile.Length > 0 && !File.Exists(options.CaFile))
        {
            yield return $"{VaultOptions.Section}:CaFile '{options.CaFile}' is not there";
        }
    }
}
