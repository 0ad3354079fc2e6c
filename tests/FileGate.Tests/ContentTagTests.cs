using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.FileGate.Tests;

/// <summary>What is known of a file's content without reading it again.</summary>
public sealed class ContentTagTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("sa-tags-").FullName, "f");

    public ContentTagTests() => File.WriteAllText(path, "one");

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(3, true)]
    public void Tag_IsKept_OnlyWhenTheFileHasRested(int secondsAfterTheChange, bool isKept)
    {
        using var opened = Open();
        var tags = new ContentTags(new Clock(Changed(opened).AddSeconds(secondsAfterTheChange)));

        Assert.Null(tags.Find(opened));
        Assert.Equal(EtagTests.Hash("one"u8), tags.Of(opened));
        Assert.Equal(isKept ? EtagTests.Hash("one"u8) : null, tags.Find(opened));
    }

    [Fact]
    public void Tag_OfAChangedFile_IsNotTheOldOne()
    {
        using var before = Open();
        var tags = new ContentTags(new Clock(Changed(before).AddDays(1)));
        tags.Of(before);
        var time = File.GetLastWriteTimeUtc(path);

        File.WriteAllText(path, "two");
        File.SetLastWriteTimeUtc(path, time);
        using var after = Open();

        Assert.Null(tags.Find(after));
        Assert.Null(tags.Of(before with { Facts = before.Facts with { ChangedNanoseconds = before.Facts.ChangedNanoseconds - 1 } }));
        Assert.Equal(EtagTests.Hash("two"u8), tags.Of(after));
    }

    [Fact]
    public void Tag_OfOneRedaction_IsNotOfAnother()
    {
        File.WriteAllText(path, "API_KEY=q7Gd93kfLw02mZx8Tb4RvN61\n");
        using var raw = Open();
        using var masked = Open(RedactionMode.Mask);
        using var blocked = Open(RedactionMode.Block);
        var tags = new ContentTags(new Clock(Changed(raw).AddDays(1)));

        var known = tags.Of(raw);

        Assert.Null(tags.Find(masked));
        Assert.NotEqual(known, tags.Of(masked));
        Assert.Null(tags.Of(blocked));
        Assert.Equal(known, tags.Find(raw));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    private static DateTimeOffset Changed(Opened opened) => DateTimeOffset.UnixEpoch.AddTicks(opened.Facts.ChangedNanoseconds / 100);

    private Opened Open(RedactionMode redact = RedactionMode.Off)
    {
        Assert.Equal(0, Libc.Open(null, path, OpenFlags.ForRead, 0, out var handle));
        Assert.Equal(0, Libc.Describe(handle, out var facts));
        var rule = new RuleRef("files", "allow", 0);
        return new Opened(Decision.Allow(rule), handle, facts, new FileGrant("", [], [], FileAccessMode.Read, 0, 0, false, false, rule) { Redact = redact });
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
