namespace SecureAgent.EndToEnd.Tests;

/// <summary>A secret's way from the operator to an origin, past the agent.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class SecretTests(SharedServer shared)
{
    private const string Value = "sk-test-5f1d9c2ab7e04e6d";

    [Fact]
    public async Task Secret_SetListedAndRemoved_IsNeverShown()
    {
        var set = await Product.RunAsync("dotnet", [Product.Cli, "secret", "set", "demo", "--data", shared.Server.Data], stdin: Value + "\n");
        var list = await Product.CliAsync("secret", "list", "--data", shared.Server.Data);
        var remove = await Product.CliAsync("secret", "remove", "demo", "--data", shared.Server.Data);
        var again = await Product.CliAsync("secret", "remove", "demo", "--data", shared.Server.Data);

        Assert.True(set.ExitCode == 0, set.ToString());
        Assert.Contains("demo", list.Stdout, StringComparison.Ordinal);
        Assert.Equal(0, remove.ExitCode);
        Assert.Equal(1, again.ExitCode);
        Assert.DoesNotContain(Value, set.ToString() + list + remove, StringComparison.Ordinal);
        AssertNowhereOnDisk();
    }

    private void AssertNowhereOnDisk()
    {
        foreach (var file in Directory.EnumerateFiles(shared.Server.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            Assert.DoesNotContain(Value, reader.ReadToEnd(), StringComparison.Ordinal);
        }
    }
}
