using SecureAgent.AgentRunner.Sandbox;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

public sealed class TrustFilesTests : IDisposable
{
    private const string Pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

    private readonly string directory = Directory.CreateTempSubdirectory("sa-trust-").FullName;

    [Fact]
    public void Authority_OfAGate_IsInReadableFilesThatTheVariablesName()
    {
        var variables = TrustFiles.Write(directory, ["", Pem, ""]);

        Assert.Equal($"{Pem}\n", File.ReadAllText(Path.Combine(directory, TrustFiles.AuthorityFile)));
        Assert.EndsWith($"{Pem}\n", File.ReadAllText(Path.Combine(directory, TrustFiles.BundleFile)), StringComparison.Ordinal);
        Assert.Equal(
            ["CARGO_HTTP_CAINFO", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "npm_config_cafile"], variables.Keys.Order(StringComparer.Ordinal));
        Assert.All(variables.Values, path => Assert.True(File.Exists(Path.Combine(directory, Path.GetFileName(path))), path));
        Assert.All(Directory.GetFiles(directory), file => Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead), file));
        Assert.All(variables, pair => Assert.Equal(pair.Value, AgentEnvironment.Build("x", "/usr", variables)[pair.Key]));
    }

    [Fact]
    public void NoAuthority_LeavesNothing()
    {
        Assert.Empty(TrustFiles.Write(directory, ["", ""]));
        Assert.Empty(Directory.GetFiles(directory));
        Assert.DoesNotContain("SSL_CERT_FILE", AgentEnvironment.Build("x", "/usr").Keys);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);
}
