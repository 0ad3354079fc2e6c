using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Tests.Files;

public sealed class FilePolicyTests
{
    private static readonly FileGrant Everything = Make.Grant(["**"], hidden: true);

    private static readonly FileGrant Guarded = Make.Grant(
        ["**"], ["**/.env", "**/*.pem", "**/.git/hooks", "private/**", "caf\u00e9.txt", "[!a-z]*.bin"], hidden: true);

    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c.txt")]
    [InlineData("with space")]
    [InlineData("ünïcode/名前")]
    [InlineData("😀")]
    [InlineData("...")]
    [InlineData("..a")]
    [InlineData("a..")]
    [InlineData("a/...b")]
    [InlineData("~")]
    [InlineData("-rf")]
    [InlineData("a:b")]
    [InlineData("%2e%2e")]
    [InlineData("*")]
    public void Path_WellFormed_IsJudgedByTheGlobs(string path) => Assert.True(Read(Everything, path).IsAllowed);

    [Theory]
    [InlineData("..", ReasonCode.PathEscapes)]
    [InlineData("../x", ReasonCode.PathEscapes)]
    [InlineData("a/../b", ReasonCode.PathEscapes)]
    [InlineData("a/..", ReasonCode.PathEscapes)]
    [InlineData("a//../b", ReasonCode.PathEscapes)]
    [InlineData("/", ReasonCode.PathEscapes)]
    [InlineData("/etc/passwd", ReasonCode.PathEscapes)]
    [InlineData("//etc", ReasonCode.PathEscapes)]
    [InlineData(".", ReasonCode.PathInvalid)]
    [InlineData("./a", ReasonCode.PathInvalid)]
    [InlineData("a/./b", ReasonCode.PathInvalid)]
    [InlineData("a//b", ReasonCode.PathInvalid)]
    [InlineData("a/", ReasonCode.PathInvalid)]
    [InlineData("a\0b", ReasonCode.PathInvalid)]
    [InlineData("a\nb", ReasonCode.PathInvalid)]
    [InlineData("a\rb", ReasonCode.PathInvalid)]
    [InlineData("a\tb", ReasonCode.PathInvalid)]
    [InlineData("a\u001b[2Jb", ReasonCode.PathInvalid)]
    [InlineData("a\u007f", ReasonCode.PathInvalid)]
    [InlineData("a\u0085b", ReasonCode.PathInvalid)]
    [InlineData("a\u2028b", ReasonCode.PathInvalid)]
    [InlineData("a\\b", ReasonCode.PathInvalid)]
    [InlineData("..\\..\\x", ReasonCode.PathInvalid)]
    [InlineData("C:\\x", ReasonCode.PathInvalid)]
    [InlineData("a/\u200b/b", ReasonCode.PathInvalid)]
    [InlineData("a/\u2024\u2024/b", ReasonCode.PathInvalid)]
    [InlineData("\uff0e\uff0e/b", ReasonCode.PathInvalid)]
    [InlineData("\u200b..", ReasonCode.PathInvalid)]
    public void Path_NotInItsOneSpelling_IsRefused(string path, ReasonCode expected)
    {
        foreach (var operation in Enum.GetValues<FileOperation>())
        {
            Assert.Equal((Verdict.Deny, expected), (FilePolicy.Decide(Everything, path, operation).Verdict, FilePolicy.Decide(Everything, path, operation).Reason));
        }
    }

    [Fact]
    public void Path_HalfASurrogatePair_IsRefused()
    {
        foreach (var path in new[] { "a\uD83D", "\uDE00a", "a\uD83D/b", "\uDE00\uD83D" })
        {
            Assert.Equal(ReasonCode.PathInvalid, Read(Everything, path).Reason);
        }
    }

    [Theory]
    [InlineData('a', 255, true)]
    [InlineData('a', 256, false)]
    [InlineData('é', 127, true)]
    [InlineData('é', 128, false)]
    [InlineData('名', 85, true)]
    [InlineData('名', 86, false)]
    public void Path_SegmentLength_IsCountedInBytes(char unit, int count, bool isAllowed) =>
        Assert.Equal(isAllowed, Read(Everything, "x/" + new string(unit, count)).IsAllowed);

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Path_Length_IsCountedInBytes(int length, bool isAllowed)
    {
        var path = string.Concat(Enumerable.Repeat("aaaaaaa/", 511)) + new string('b', length - (511 * 8));
        Assert.Equal(isAllowed, Read(Everything, path).IsAllowed);
    }

    [Theory]
    // the rule as written
    [InlineData(".env", false)]
    [InlineData("a/b/.env", false)]
    [InlineData("a/.environment", true)]
    [InlineData("a/x.env", true)]
    [InlineData("server.pem", false)]
    [InlineData("server.pemx", true)]
    // what lies below a denied folder
    [InlineData(".git/hooks", false)]
    [InlineData(".git/hooks/pre-commit", false)]
    [InlineData(".git/hooks/a/b/c", false)]
    [InlineData(".git/hooksx", true)]
    [InlineData("private", false)]
    [InlineData("private/x", false)]
    [InlineData("x/private/x", true)]
    // case
    [InlineData(".ENV", false)]
    [InlineData(".Env", false)]
    [InlineData("SERVER.PEM", false)]
    [InlineData("Private/x", false)]
    [InlineData(".GIT/Hooks/pre-commit", false)]
    // Unicode forms of the same name
    [InlineData("\uff0eenv", false)]
    [InlineData("\u2024env", false)]
    [InlineData(".\uff45nv", false)]
    [InlineData(".e\u200bnv", false)]
    [InlineData(".e\u00adnv", false)]
    [InlineData(".en\ufe0fv", false)]
    [InlineData("server\uff0epem", false)]
    [InlineData("\uff30rivate/x", false)]
    [InlineData("café.txt", false)]
    [InlineData("cafe\u0301.txt", false)]
    [InlineData("CAFÉ.TXT", false)]
    [InlineData("cafe.txt", true)]
    // a negated class in any case
    [InlineData("1x.bin", false)]
    [InlineData("Ax.bin", false)]
    public void DenyGlob_CannotBeDodged(string path, bool isAllowed)
    {
        var decision = Read(Guarded, path);
        Assert.Equal(isAllowed, decision.IsAllowed);
        Assert.Equal(isAllowed ? ReasonCode.AllowedByRule : ReasonCode.DeniedByRule, decision.Reason);

        // Control arm: without the deny globs each of these paths is readable.
        Assert.True(Read(Guarded with { Deny = [] }, path).IsAllowed);
    }

    [Theory]
    [InlineData("README.md", true)]
    [InlineData("readme.md", false)]
    [InlineData("ＲＥＡＤＭＥ.md", false)]
    public void AllowGlob_IsExact(string path, bool isAllowed) => Assert.Equal(isAllowed, Read(Make.Grant(["README.md"]), path).IsAllowed);

    [Theory]
    [InlineData(".x")]
    [InlineData("a/.x")]
    [InlineData(".x/a")]
    [InlineData("\u2024x")]
    [InlineData("\u200b.x")]
    public void HiddenName_WithoutHidden_IsRefusedByTheGrant(string path)
    {
        var decision = Read(Make.Grant(["**"]), path);
        Assert.Equal((ReasonCode.PathHidden, "files[0]"), (decision.Reason, decision.Rule?.Path));
        Assert.True(Read(Everything, path).IsAllowed);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("src", true)]
    [InlineData("src/lib", true)]
    [InlineData("docs", false)]
    [InlineData("src/secret", false)]
    [InlineData("src/secret/x", false)]
    [InlineData("..", false)]
    public void Directory_ThatMayHoldAnAllowedFile_MayBeListed(string path, bool isAllowed)
    {
        var grant = Make.Grant(["src/**/*.cs"], ["**/secret"]);
        Assert.Equal(isAllowed, FilePolicy.DecideDirectory(grant, path).IsAllowed);
        Assert.Equal(isAllowed, FilePolicy.Decide(grant, path, FileOperation.List).IsAllowed);
    }

    [Theory]
    [InlineData(FileAccessMode.None, FileOperation.Read, false)]
    [InlineData(FileAccessMode.Read, FileOperation.Read, true)]
    [InlineData(FileAccessMode.Read, FileOperation.Write, false)]
    [InlineData(FileAccessMode.Propose, FileOperation.Read, true)]
    [InlineData(FileAccessMode.Propose, FileOperation.Write, false)]
    [InlineData(FileAccessMode.Write, FileOperation.Write, true)]
    [InlineData((FileAccessMode)99, FileOperation.Read, false)]
    [InlineData(FileAccessMode.Write, (FileOperation)99, false)]
    public void Access_LimitsTheOperation(FileAccessMode access, FileOperation operation, bool isAllowed) =>
        Assert.Equal(isAllowed, FilePolicy.Decide(Make.Grant(["**"], access: access), "a", operation).IsAllowed);

    [Fact]
    public void SeveralGrants_DenyOfOne_ComesBeforeAllowOfAnother()
    {
        FileGrant[] grants = [Make.Grant(["a/**"], at: 0), Make.Grant(["b/**"], ["**/x"], at: 1)];

        Assert.Equal("files[1].deny[0]", FilePolicy.Decide(grants, "a/x", FileOperation.Read).Rule?.Path);
        var allowed = FilePolicy.Decide(grants, "b/y", FileOperation.Read);
        Assert.Same(grants[1], FilePolicy.GrantOf(grants, allowed));
        Assert.Null(FilePolicy.GrantOf(grants, default));
    }

    [Theory]
    [InlineData(true, 1, 1000, ReasonCode.AllowedByRule)]
    [InlineData(true, 1, 1001, ReasonCode.FileTooLarge)]
    [InlineData(true, 1, -1, ReasonCode.FileTooLarge)]
    [InlineData(true, 2, 1000, ReasonCode.HardLinked)]
    [InlineData(true, 0, 1000, ReasonCode.NotFound)]
    [InlineData(false, 1, 1000, ReasonCode.NotRegularFile)]
    public void OpenHandle_Boundary(bool isRegular, long links, long size, ReasonCode expected) =>
        Assert.Equal(expected, FileHandlePolicy.Decide(Everything, isRegular, links, size).Reason);

    [Fact]
    public void OpenHandle_HardLinksAllowed_MayHaveSeveralNames() =>
        Assert.True(FileHandlePolicy.Decide(Make.Grant(["**"], hardLinks: true), true, 5, 1).IsAllowed);

    [Theory]
    [InlineData(0, 5000, true)]
    [InlineData(0, 5001, false)]
    [InlineData(4999, 1, true)]
    [InlineData(5000, 0, true)]
    [InlineData(5000, 1, false)]
    [InlineData(long.MaxValue, long.MaxValue, false)]
    [InlineData(-1, 1, false)]
    [InlineData(1, -1, false)]
    public void Budget_Boundary(long alreadyRead, long bytes, bool isAllowed) =>
        Assert.Equal(isAllowed, FileHandlePolicy.DecideBudget(Everything, alreadyRead, bytes).IsAllowed);

    private static Decision Read(FileGrant grant, string path) => FilePolicy.Decide(grant, path, FileOperation.Read);

    [Theory]
    [InlineData("src/a", FileAccessMode.Read, FileOperation.Write, ReasonCode.AccessNotGranted)]
    [InlineData("src/a", FileAccessMode.Read, FileOperation.Propose, ReasonCode.AccessNotGranted)]
    [InlineData("src/a", FileAccessMode.Read, FileOperation.Read, ReasonCode.AllowedByRule)]
    [InlineData("src/a", FileAccessMode.Propose, FileOperation.Write, ReasonCode.AccessNotGranted)]
    [InlineData("src/a", FileAccessMode.Propose, FileOperation.Propose, ReasonCode.AllowedByRule)]
    [InlineData("src/b", FileAccessMode.Read, FileOperation.Write, ReasonCode.AllowedByRule)]
    public void File_NamedByItself_KeepsItsAccessInAWritableTree(string path, FileAccessMode named, FileOperation operation, ReasonCode expected)
    {
        var tree = Make.Grant(["**"], at: 0) with { Access = FileAccessMode.Write };
        var file = Make.Grant(["src/a"], at: 1) with { Access = named };

        Assert.Equal(expected, FilePolicy.Decide([tree, file], path, operation).Reason);
        Assert.Equal(expected, FilePolicy.Decide([file, tree], path, operation).Reason);
    }

    [Theory]
    [InlineData("a", "${workspace}", "a")]
    [InlineData("@data", "/srv/data", "")]
    [InlineData("@data/x/y", "/srv/data", "x/y")]
    [InlineData("@data/", "${workspace}", "@data/")]
    [InlineData("@data//x", "/srv/data", "/x")]
    [InlineData("@database/x", "${workspace}", "@database/x")]
    [InlineData("@Data/x", "${workspace}", "@Data/x")]
    [InlineData("x/@data/y", "${workspace}", "x/@data/y")]
    public void Root_OfAPath_IsTheOneWhoseNameItBeginsWith(string path, string root, string inner) =>
        Assert.Equal((root, inner), FileRoots.Of([Everything, Everything with { Root = "/srv/data" }], path));

    [Fact]
    public void Roots_DoNotShareRules()
    {
        Assert.True(Glob.TryParse("secret", out var secret, out _));
        FileGrant[] grants = [Everything with { Deny = [secret] }, Everything with { Root = "/srv/data" }];

        Assert.Equal(ReasonCode.DeniedByRule, FilePolicy.Decide(grants, "secret", FileOperation.Read).Reason);
        Assert.True(FilePolicy.Decide(grants, "@data/secret", FileOperation.Read).IsAllowed);
        Assert.False(FilePolicy.Decide([grants[1]], "a", FileOperation.Read).IsAllowed);
        Assert.True(FilePolicy.DecideDirectory([grants[1]], "").IsAllowed);
        Assert.False(FilePolicy.DecideDirectory([grants[1] with { Allow = [] }], "").IsAllowed);
    }
}
