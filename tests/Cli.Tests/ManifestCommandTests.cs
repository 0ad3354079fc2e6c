using System.CommandLine;
using System.Text.Json;
using SecureAgent.Cli.Manifests;

namespace SecureAgent.Cli.Tests;

public sealed class ManifestCommandTests : IDisposable
{
    private const string Clean = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("manifests");

    [Fact]
    public void CleanDirectory_Exits0()
    {
        var (code, text) = Run(Clean);

        Assert.Equal(0, code);
        Assert.StartsWith("clean: 1 object, ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_Exits1_AndNamesFileAndRule_UnlessDisabled()
    {
        const string secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\ndata: { a: YQ== }\n";

        var (code, text) = Run(secret);

        Assert.Equal(1, code);
        Assert.Contains("a.yaml\n     4  error    no-secret-data: Secret a: holds data\n", text, StringComparison.Ordinal);
        Assert.Equal(0, Run(secret, "--disable", "no-secret-data").Code);
    }

    [Fact]
    public void Sarif_IsWrittenBesideTheText()
    {
        var file = Path.Combine(folder.FullName, "out.sarif");

        Assert.Equal(0, Run(Clean, "--sarif", file).Code);

        using var sarif = JsonDocument.Parse(File.ReadAllText(file));
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
    }

    [Theory]
    [InlineData("kind: [", "not valid YAML", new string[0])]
    [InlineData("a: b", "no Kubernetes objects", new string[0])]
    [InlineData(Clean, "is no rule", new[] { "--disable", "no-such-rule" })]
    [InlineData(Clean, "cannot be written", new[] { "--sarif", "/dev/null/x" })]
    public void BadInput_IsOneClearError(string yaml, string expected, string[] options)
    {
        var error = Assert.Throws<CommandException>(() => Run(yaml, options));

        Assert.Equal(2, error.ExitCode);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void TextFromManifests_CannotDriveTheTerminal()
    {
        Assert.DoesNotContain('\u001b', Run("apiVersion: v1\nkind: Secret\nmetadata: { name: \"a\\e[2J\" }\ndata: { a: YQ== }\n").Text);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private (int Code, string Text) Run(string yaml, params string[] options)
    {
        File.WriteAllText(Path.Combine(folder.FullName, "a.yaml"), yaml);
        using var output = new StringWriter { NewLine = "\n" };
        var code = ManifestCommands.Create().Parse(["check", folder.FullName, .. options])
            .Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        return (code, output.ToString());
    }
}
