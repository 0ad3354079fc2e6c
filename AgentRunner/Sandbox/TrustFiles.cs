using System.Text;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// The certificate authorities of one session's gates, where its programs look for them: in the session's directory, which the sandbox sees read-only, and
/// in the variables of the usual TLS libraries. Java has no variable: its trust store is made from <see cref="AuthorityFile"/> with keytool.
/// </summary>
internal static class TrustFiles
{
    /// <summary>The session's own authorities alone, for programs that add to what they trust.</summary>
    public const string AuthorityFile = "authority.pem";

    /// <summary>With the machine's, for programs that replace what they trust.</summary>
    public const string BundleFile = "authorities.pem";

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly string[] MachineBundles =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

    /// <returns>Environment variables to add; empty when no gate has an authority.</returns>
    public static IReadOnlyDictionary<string, string> Write(string sessionDirectory, IEnumerable<string> authorities)
    {
        var own = string.Concat(authorities.Where(pem => pem.Length > 0).Select(pem => pem.TrimEnd() + "\n"));
        if (own.Length == 0)
        {
            return new Dictionary<string, string>();
        }

        var machine = MachineBundles.FirstOrDefault(File.Exists) is { } bundle ? File.ReadAllText(bundle).TrimEnd() + "\n" : "";
        WriteReadable(Path.Combine(sessionDirectory, AuthorityFile), own);
        WriteReadable(Path.Combine(sessionDirectory, BundleFile), machine + own);
        const string Authority = $"{SandboxPaths.Session}/{AuthorityFile}";
        const string Bundle = $"{SandboxPaths.Session}/{BundleFile}";
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SSL_CERT_FILE"] = Bundle,
            ["CURL_CA_BUNDLE"] = Bundle,
            ["REQUESTS_CA_BUNDLE"] = Bundle,
            ["GIT_SSL_CAINFO"] = Bundle,

            // Distributions ship configurations that name the machine's file, which these override.
            ["npm_config_cafile"] = Bundle,
            ["PIP_CERT"] = Bundle,
            ["CARGO_HTTP_CAINFO"] = Bundle,
            ["NODE_EXTRA_CA_CERTS"] = Authority,
        };
    }

    /// <summary>The process's umask keeps everything to itself; the directory still keeps everybody but the session out.</summary>
    private static void WriteReadable(string path, string content)
    {
        File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.SetUnixFileMode(path, Readable);
    }
}
