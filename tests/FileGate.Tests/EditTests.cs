using System.Text;
using SecureAgent.FileGate.Editing;
using SecureAgent.FileGate.Tests.Redaction;

namespace SecureAgent.FileGate.Tests;

/// <summary>Edits of text, and that none of them shows or unmasks a secret.</summary>
public sealed class EditTests
{
    [Theory]
    [InlineData("one\ntwo\nthree\n", "two", "2", "one\n2\nthree\n")]
    [InlineData("a a", "a", "b", "b a")]
    [InlineData("one\r\ntwo\r\n", "one\ntwo", "1\n2", "1\r\n2\r\n")]
    [InlineData("  if (x)\n    y();\n", "if (x)\n  y();", "if (z)\n  y();\n  w();", "  if (z)\n    y();\n    w();\n")]
    [InlineData("größe", "öß", "x", "grxe")]
    public void Text_ThatIsThere_IsReplaced(string text, string old, string now, string expected)
    {
        var (edited, fault) = TextEdits.Apply(MaskedText.Of(Encoding.UTF8.GetBytes(text), redacts: true), [new TextEdit(old, now)]);

        Assert.Equal(EditFault.None, fault);
        Assert.Equal(expected, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(edited.Raw)));
    }

    [Theory]
    [InlineData("four")]
    [InlineData("")]
    public void Text_ThatIsNotThere_IsAFault(string old) =>
        Assert.Equal(EditFault.Missing, TextEdits.Apply(MaskedText.Of("one\ntwo"u8, redacts: true), [new TextEdit(old, "x")]).Fault);

    [Fact]
    public void Secret_InTheText_CanNeitherBeTouchedNorUnmaskedNorGuessed()
    {
        var (text, secrets) = RedactionCorpus.Fill("x = 1\nDB_PASSWORD={24:base62}\ny = 2\n", 1);
        var secret = text.Substring(secrets[0].Start, secrets[0].Length);
        var masked = MaskedText.Of(Encoding.UTF8.GetBytes(text), redacts: true);
        Assert.True(masked.HoldsSecret);

        Assert.Equal(EditFault.None, Fault("x = 1", "x = 3"));
        Assert.Equal(EditFault.Secret, Fault("DB_PASSWORD=", "NOTE "));
        Assert.Equal(EditFault.Secret, Fault(new string('*', 24), "x"));
        Assert.Equal(EditFault.Secret, Fault($"DB_PASSWORD={new string('*', 24)}", "x"));
        Assert.Equal(EditFault.Missing, Fault(secret, "x"));
        Assert.Equal(EditFault.Missing, Fault(secret[..4], "x"));
        Assert.Equal(EditFault.None, TextEdits.Apply(MaskedText.Of(Encoding.UTF8.GetBytes(text), redacts: false), [new TextEdit(secret, "x")]).Fault);

        EditFault Fault(string old, string now) => TextEdits.Apply(masked, [new TextEdit(old, now)]).Fault;
    }

    [Theory]
    [InlineData("a\nb\nc\n", "a\nB\nc\n", "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n")]
    [InlineData("", "a\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n")]
    [InlineData("a\n", "", "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n")]
    [InlineData("a", "b", "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n")]
    [InlineData("a\n", "a\n", "")]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n", "--- f\n+++ f\n@@ -7,3 +7,4 @@\n 7\n 8\n 9\n+x\n")]
    public void Diff_OfTwoTexts_IsUnified(string before, string after, string expected) => Assert.Equal(expected, UnifiedDiff.Of("f", before, after));

    [Fact]
    public void Diff_WithDistantChanges_HasAHunkForEach()
    {
        var before = string.Concat(Enumerable.Range(0, 40).Select(line => $"{line}\n"));
        var diff = UnifiedDiff.Of("f", before, before.Replace("\n5\n", "\nX\n", StringComparison.Ordinal).Replace("\n30\n", "\nY\n", StringComparison.Ordinal));

        Assert.Equal(2, diff.Split("@@ -").Length - 1);
        Assert.Contains("@@ -3,7 +3,7 @@\n", diff, StringComparison.Ordinal);
    }
}
