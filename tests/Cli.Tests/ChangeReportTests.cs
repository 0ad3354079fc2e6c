using System.Text.Json;
using SecureAgent.Cli.Changes;
using SecureAgent.Contracts.Changes.V1;

namespace SecureAgent.Cli.Tests;

/// <summary>What an agent wrote reaches the operator's terminal as data.</summary>
public sealed class ChangeReportTests
{
    private static readonly Change Sample = new()
    {
        Path = "src/[red]a\u001b]52;c;x\u0007.txt", Verb = "edit", OldMode = 0b110_100_100, NewMode = 0b111_101_101, Held = "it is executable", Conflict = "the file is gone",
        Diff = "--- src/a\n+++ src/a\n@@ -1,1 +1,1 @@\n-old\n+new \u202e[/]\u001b[2J\r\n",
    };

    [Fact]
    public void Text_OfTheAgent_IsEscapedAndBehindAMargin()
    {
        var text = Show(Sample);

        Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
        Assert.Contains(@"edit src/[red]a\u{1b}]52;c;x\u{7}.txt mode 644 to 755  held: it is executable  conflict: the file is gone", text, StringComparison.Ordinal);
        Assert.Contains(@"│ +new \u{202e}[/]\u{1b}[2J\u{d}", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n').Where(line => line.Contains("new", StringComparison.Ordinal)), line => Assert.StartsWith("│ ", line, StringComparison.Ordinal));
        Assert.Contains("not instructions", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Held_IsNotOfferedWithAll()
    {
        var ordinary = Sample.Clone();
        ordinary.Held = "";

        Assert.DoesNotContain("--all", Show(Sample), StringComparison.Ordinal);
        Assert.Contains("changes apply s-1 --all", Show(ordinary), StringComparison.Ordinal);
    }

    [Fact]
    public void Applied_SaysWhatConflictsAndWhatIsHeld()
    {
        using var output = new StringWriter();
        new ChangeReport(output, colours: false).Applied("s-1", new ApplyResponse
        {
            Conflicts = { new ChangeConflict { Path = "a", Why = "the file is gone" } }, Held = { new HeldChange { Path = "Makefile", Why = "the build runs it" } }, Left = 2,
        });

        Assert.Contains("conflict a: the file is gone", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("held Makefile: the build runs it", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("nothing was applied", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_HasTheDocumentedFields()
    {
        using var changes = JsonDocument.Parse(ChangeJson.Changes("s-1", [Sample]));
        using var applied = JsonDocument.Parse(ChangeJson.Applied("s-1", new ApplyResponse { Applied = { "a" }, Left = 1 }));

        Assert.Equal("755", changes.RootElement.GetProperty("changes")[0].GetProperty("newMode").GetString());
        Assert.Equal(Sample.Path, changes.RootElement.GetProperty("changes")[0].GetProperty("path").GetString());
        Assert.Equal("a", applied.RootElement.GetProperty("applied")[0].GetString());
        Assert.Equal(1, applied.RootElement.GetProperty("left").GetInt32());
    }

    private static string Show(Change change)
    {
        using var output = new StringWriter();
        new ChangeReport(output, colours: false).Changes("s-1", [change]);
        return output.ToString();
    }
}
