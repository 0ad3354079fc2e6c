using System.Globalization;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>A development store beside the graph: the program on this machine where there is one, and always one that speaks as it does.</summary>
public sealed class VaultDevTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-vault-").FullName;

    private static string Fake => Path.Combine(Product.Root, "artifacts", "bin", "FakeVault", "debug", "SecureAgent.FakeVault");

    private string Policy => Path.Combine(root, "policy.yaml");

    public VaultDevTests() => File.WriteAllText(Policy, """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            secrets:
              own: { vault: "team/ai/x#token", deliver: agent }
        """);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task VaultDev_StartsSetsUpAndSupervisesAStore(bool real)
    {
        var program = real ? RealProgram() : Fake;
        Assert.SkipWhen(program is null, "no Vault here: set VAULT_BIN, or put vault or bao on PATH");
        await using var server = await Server.StartAsync(new Dictionary<string, string> { ["VAULT_BIN"] = program! }, "--vault", "dev", "--policy", Policy);

        // The store is set up and empty: the broker may look and finds nothing, which is an answer of the store.
        Assert.Equal("503", await AskAsync(server));
        var store = Processes.ChildrenOf(server.ProcessId).Single(id => Processes.CommandLine(id).Contains("-dev-listen-address", StringComparison.Ordinal));
        Assert.DoesNotContain("root-token", Processes.CommandLine(store), StringComparison.Ordinal);

        await Product.RunAsync("kill", ["-KILL", store.ToString(CultureInfo.InvariantCulture)]);
        await server.WaitForAsync("state", "vault", "healthy");
        Assert.Equal("503", await AskAsync(server));
    }

    [Fact]
    public async Task WithoutAStore_TheSamePolicyIsRefused()
    {
        await using var server = await Server.StartAsync(null, "--policy", Policy);

        var outcome = await server.RunAsync("--", "true");

        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("VAULT_ADDR", outcome.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongChoices_AreOneClearLineEach()
    {
        var other = await Product.RunAsync("dotnet", [Product.Host, "--data", root, "--vault", "prod"]);
        var missing = await Product.RunAsync("dotnet", [Product.Host, "--data", root, "--vault", "dev"], environment: new Dictionary<string, string> { ["VAULT_BIN"] = "/no/such/vault" });

        Assert.Equal((2, "secure-agent: --vault 'prod' is not known; give --vault dev, or set VAULT_ADDR for a store that is running already\n"), (other.ExitCode, other.Stderr));
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("VAULT_BIN '/no/such/vault' is not there", missing.Stdout + missing.Stderr, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(Server server)
    {
        var outcome = await server.RunAsync("--json", "--", "sh", "-c", "curl -s -o /dev/null -w '%{http_code}' $VAULT_ADDR/v1/secret/data/own");
        Assert.True(outcome.Stdout.Length > 0, outcome.ToString());
        return outcome.Answer;
    }

    private static string? RealProgram() => Environment.GetEnvironmentVariables()["VAULT_BIN"] as string
        ?? (from name in new[] { "vault", "bao" }
            from place in ((string)Environment.GetEnvironmentVariables()["PATH"]!).Split(Path.PathSeparator)
            let path = Path.Combine(place, name)
            where File.Exists(path)
            select path).FirstOrDefault();
}
