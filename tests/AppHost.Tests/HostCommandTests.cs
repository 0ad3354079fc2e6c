using System.CommandLine;
using SecureAgent.AppHost.Commands;

namespace SecureAgent.AppHost.Tests;

public sealed class HostCommandTests
{
    /// <summary>One value for each option that takes one: what the library cannot read fails when it is used, not when it is parsed.</summary>
    private static readonly Dictionary<string, string> Values = new()
    {
        ["--data"] = "/tmp/data",
        ["--policy"] = "policy.yaml",
        ["--port"] = "file-gate=7001",
        ["--model-url"] = "http://127.0.0.1:11434/v1",
        ["--model-secret"] = "model",
        ["--vault"] = "dev",
        ["--allow-degraded"] = "landlock",
        ["--pool"] = "2",
        ["--console"] = "false",
        ["--events"] = "true",
    };

    [Fact]
    public void EveryOption_ReadsItsValue()
    {
        var root = HostCommand.Create();
        var options = root.Options.Where(option => option is not System.CommandLine.Help.HelpOption and not VersionOption).ToList();
        Assert.Equal(Values.Keys.Order(), options.Select(option => option.Name).Order());

        var parsed = root.Parse([.. Values.SelectMany(pair => (string[])[pair.Key, pair.Value])]);

        Assert.Empty(parsed.Errors);
        Assert.All(options, option => Assert.NotNull(parsed.GetValue<object>(option.Name)));
        Assert.Equal(new Uri(Values["--model-url"]), parsed.GetValue<Uri>("--model-url"));
    }

    [Theory]
    [InlineData("http://[")]
    public void ModelUrl_ThatIsNone_IsNamedWithTheMend(string value)
    {
        var parsed = HostCommand.Create().Parse(["--model-url", value]);

        Assert.Contains($"--model-url '{value}'", Assert.Single(parsed.Errors).Message, StringComparison.Ordinal);
    }
}
