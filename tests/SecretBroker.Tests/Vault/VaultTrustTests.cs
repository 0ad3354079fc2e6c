using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using SecureAgent.SecretBroker.Vault;

namespace SecureAgent.SecretBroker.Tests.Vault;

public sealed class VaultTrustTests
{
    [Fact]
    public async Task Server_OfAnotherAuthority_IsUntrustedAndGetsNoRequest()
    {
        using var authority = Authority("CN=ours");
        using var other = Authority("CN=other");
        using var certificate = Leaf(authority);
        await using var fake = await FakeVault.StartAsync(certificate: certificate);
        Fill(fake);
        using var files = new VaultUnderTest(fake.Address);
        using var trusting = Client(fake.Address, files.FileOf("ours.pem", authority.ExportCertificatePem()));
        using var wrong = Client(fake.Address, files.FileOf("other.pem", other.ExportCertificatePem()));
        using var without = Client(fake.Address, "");

        Assert.Equal(VaultError.Untrusted, (await Assert.ThrowsAsync<VaultException>(() => wrong.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);
        Assert.Equal(VaultError.Untrusted, (await Assert.ThrowsAsync<VaultException>(() => without.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);

        Assert.Empty(fake.Requests);
        (await trusting.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Fact]
    public async Task Server_ThatRestarts_IsUnreachableAndThenServesTheSameClient()
    {
        var first = await FakeVault.StartAsync();
        Fill(first);
        var address = first.Address;
        using var vault = new VaultUnderTest(address);
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
        await first.DisposeAsync();
        Assert.Equal(VaultError.Unreachable, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);

        await using var second = await FakeVault.StartAsync(new Uri(address).Port);
        Fill(second);

        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    private static void Fill(FakeVault fake)
    {
        fake.State.Tokens["limited"] = new FakeToken(["default", "broker"], 3600, true);
        fake.State.Put("secret/data/x", new JsonObject { ["token"] = "y" });
    }

    private static VaultUnderTest Client(string address, string caFile) => new(address, options => options.CaFile = caFile);

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 Leaf(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vault", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1), [1, 2, 3]);
        return certificate.CopyWithPrivateKey(key);
    }
}
