using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Tests;

public sealed class VaultVariablesTests
{
    [Fact]
    public void Variables_WithoutAnAddress_AreNotPassedOn() => Assert.Empty(Of(("VAULT_TOKEN", "x"), ("VAULT_ROLE", "broker")));

    [Fact]
    public void Variables_WithAnAddress_BecomeTheBrokersSettings_FilesAsWholePaths()
    {
        var settings = Of(("VAULT_ADDR", "https://vault.test:8200"), ("VAULT_LOGIN", "Jwt"), ("VAULT_ROLE", "broker"), ("VAULT_TOKEN_FILE", "jwt"), ("PATH", "/bin"));

        Assert.Equal(
            [
                ("SecretBroker__Vault__Address", "https://vault.test:8200"), ("SecretBroker__Vault__Login", "Jwt"), ("SecretBroker__Vault__Role", "broker"),
                ("SecretBroker__Vault__TokenFile", Path.GetFullPath("jwt")),
            ],
            settings);
    }

    [Fact]
    public void TokenInTheEnvironment_IsRefused_AndOneInAFileIsNot()
    {
        var error = Assert.Throws<StartupException>(() => Of(("VAULT_ADDR", "https://vault.test:8200"), ("VAULT_TOKEN", "t-0123456789")));

        Assert.Contains("VAULT_TOKEN_FILE", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("t-0123456789", error.Message, StringComparison.Ordinal);
        var settings = Of(("VAULT_ADDR", "https://vault.test:8200"), ("VAULT_TOKEN", "t-0123456789"), ("VAULT_TOKEN_FILE", "/t"));
        Assert.DoesNotContain(settings, setting => setting.Value == "t-0123456789");
        Assert.Contains(("SecretBroker__Vault__TokenFile", "/t"), settings);
    }

    private static (string Name, string Value)[] Of(params (string Name, string Value)[] variables) =>
        [.. VaultVariables.Of(name => variables.FirstOrDefault(variable => variable.Name == name).Value)];
}
