namespace SecureAgent.Policy.Tests.Globs;

public sealed class GlobTests
{
    [Theory]
    // everything
    [InlineData("**", "", true)]
    [InlineData("**", "a", true)]
    [InlineData("**", "a/b/c.txt", true)]
    // within a segment
    [InlineData("*", "a", true)]
    [InlineData("*", "", false)]
    [InlineData("*", "a/b", false)]
    [InlineData("*.md", "notes.md", true)]
    [InlineData("*.md", ".md", true)]
    [InlineData("*.md", "notes.mdx", false)]
    [InlineData("*.md", "sub/notes.md", false)]
    [InlineData("a*b*c", "aXbYc", true)]
    [InlineData("a*b*c", "abc", true)]
    [InlineData("a*b*c", "abcd", false)]
    [InlineData("a*bc", "abcbc", true)]
    [InlineData("?", "a", true)]
    [InlineData("?", "ab", false)]
    [InlineData("?", "😀", true)]
    [InlineData("??", "😀", false)]
    // whole segments
    [InlineData("**/*.md", "notes.md", true)]
    [InlineData("**/*.md", "a/b/notes.md", true)]
    [InlineData("**/*.md", "a/b/notes.md/x", false)]
    [InlineData("src/**", "src", true)]
    [InlineData("src/**", "src/a/b", true)]
    [InlineData("src/**", "srcs/a", false)]
    [InlineData("src/**/x", "src/x", true)]
    [InlineData("src/**/x", "src/a/b/x", true)]
    [InlineData("src/**/x", "src/a/b/xx", false)]
    [InlineData("**/a/**/b", "a/a/b/b", true)]
    [InlineData("**/a/**/b", "b/a/c", false)]
    [InlineData("**/**", "a", true)]
    // classes
    [InlineData("[abc]", "b", true)]
    [InlineData("[abc]", "d", false)]
    [InlineData("[a-c]", "c", true)]
    [InlineData("[a-c]", "d", false)]
    [InlineData("[!a-c]", "d", true)]
    [InlineData("[!a-c]", "a", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[!]]", "]", false)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[-a]", "-", true)]
    [InlineData("[*]", "*", true)]
    [InlineData("[*]", "x", false)]
    [InlineData("[{]", "{", true)]
    [InlineData("[α-ω]", "λ", true)]
    [InlineData("x[!/]y", "x", false, true)]
    // braces
    [InlineData("{a,b}.txt", "b.txt", true)]
    [InlineData("{a,b}.txt", "c.txt", false)]
    [InlineData("{a,b/c}/d", "b/c/d", true)]
    [InlineData("{a,{b,c}d}", "cd", true)]
    [InlineData("{a,{b,c}d}", "c", false)]
    [InlineData("{[,],b}", ",", true)]
    [InlineData("a{,b}", "a", true)]
    [InlineData("a{,b}", "ab", true)]
    // exact by default: allow globs never fold
    [InlineData("README.md", "readme.md", false)]
    [InlineData("é", "e\u0301", false)]
    public void Glob_Boundary_Matches(string pattern, string path, bool expected, bool malformed = false)
    {
        if (malformed)
        {
            Assert.False(Glob.TryParse(pattern, out _, out _));
            return;
        }

        Assert.Equal(expected, Glob.Parse(pattern).IsMatch(path));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("/etc", 0)]
    [InlineData("a//b", 2)]
    [InlineData("a/", 2)]
    [InlineData("a/../b", 2)]
    [InlineData("./a", 0)]
    [InlineData("a/x**", 2)]
    [InlineData("***", 0)]
    [InlineData("a\\b", 1)]
    [InlineData("a\tb", 1)]
    [InlineData("ab[c", 2)]
    [InlineData("[z-a]", 3)]
    [InlineData("[]", 0)]
    [InlineData("a[/]", 2)]
    [InlineData("a{b", 1)]
    [InlineData("ab}", 2)]
    [InlineData("{a,b/}", 5)]
    [InlineData("a{b,../c}/d", 1, true)]
    [InlineData("{{{{{{{{{a}}}}}}}}}", 8)]
    [InlineData("{1,2,3,4,5}{1,2,3,4,5}{1,2,3,4,5}", 22)]
    public void Glob_Malformed_NamesTheOffset(string pattern, int offset, bool wellFormed = false)
    {
        var parsed = Glob.TryParse(pattern, out _, out var error);
        Assert.Equal(wellFormed, parsed);
        if (!wellFormed)
        {
            Assert.Equal(offset, error!.Offset);
            Assert.NotEmpty(error.Message);
        }
    }

    [Fact]
    public void Glob_ThatExpandsToTooMuchText_IsRefused()
    {
        Assert.False(Glob.TryParse("{a,b,c,d,e,f,g,h}" + new string('x', 600), out _, out var error));
        Assert.Contains("characters", error.Message);
        Assert.True(Glob.TryParse("{a,b,c,d}" + new string('x', 600), out _, out _));
    }

    [Theory]
    [InlineData("**", "", true)]
    [InlineData("**", "a/b", true)]
    [InlineData("src/**/*.cs", "", true)]
    [InlineData("src/**/*.cs", "src", true)]
    [InlineData("src/**/*.cs", "src/deep/er", true)]
    [InlineData("src/**/*.cs", "docs", false)]
    [InlineData("docs/a.md", "docs", true)]
    [InlineData("docs/a.md", "docs/a.md", false)]
    [InlineData("docs/a.md", "doc", false)]
    [InlineData("*.md", "", true)]
    [InlineData("*.md", "a.md", false)]
    [InlineData("{a,b/c}/d", "b", true)]
    [InlineData("{a,b/c}/d", "c", false)]
    public void Glob_DirectoryThatMayHoldAMatch_IsFound(string pattern, string directory, bool expected) =>
        Assert.Equal(expected, Glob.Parse(pattern).CouldMatchBelow(directory));

    [Theory]
    [InlineData("*", "meta-llama/Llama-3:8b", true)]
    [InlineData("meta-*", "meta-llama/Llama-3", true)]
    [InlineData("offline*", "offline-extractive", true)]
    [InlineData("offline*", "gpt-offline", false)]
    [InlineData("{gpt,claude}-*", "claude-x", true)]
    public void NameGlob_SlashIsACharacter(string pattern, string name, bool expected)
    {
        Assert.True(Glob.TryParseName(pattern, out var glob, out _));
        Assert.Equal(expected, glob.IsMatch(name));
    }

    [Fact]
    public void Glob_PathologicalPattern_StaysLinear()
    {
        var glob = Glob.Parse(string.Concat(Enumerable.Repeat("**/*a", 1)) + "/" + string.Join('/', Enumerable.Repeat("**/*a*a*a*a*a*a", 20)) + "/z");
        var path = string.Join('/', Enumerable.Repeat(new string('a', 250), 16));

        // Far beyond what backtracking would need to finish in a lifetime; the assertion is that this returns.
        Assert.False(glob.IsMatch(path));
    }
}
