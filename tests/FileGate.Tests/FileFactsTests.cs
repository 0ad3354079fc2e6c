using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Tests;

/// <summary>Two looks at a file, compared.</summary>
public sealed class FileFactsTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-facts-");

    [Fact]
    public void Version_OfAFileThatWasOnlyRead_IsTheSame()
    {
        var path = Path.Combine(root.FullName, "f");
        File.WriteAllText(path, "one");
        var before = Facts(path);

        File.SetLastAccessTimeUtc(path, DateTime.UnixEpoch);
        var read = Facts(path);
        File.WriteAllText(path, "two");
        var written = Facts(path);

        Assert.Equal(0, read.AccessedNanoseconds);
        Assert.NotEqual(before, read);
        Assert.Equal(Unchanged(before), Unchanged(read));
        Assert.NotEqual(Unchanged(before), Unchanged(written));
    }

    [Fact]
    public void Times_OfAFile_AreThoseOfTheFileSystem()
    {
        var path = Path.Combine(root.FullName, "f");
        File.WriteAllText(path, "one");
        File.SetLastAccessTimeUtc(path, DateTime.UnixEpoch.AddSeconds(5));
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(7));

        var facts = Facts(path);

        Assert.Equal((5_000_000_000, 7_000_000_000), (facts.AccessedNanoseconds, facts.ModifiedNanoseconds));
        Assert.InRange(facts.CreatedNanoseconds, 1, facts.ChangedNanoseconds);
    }

    public void Dispose() => root.Delete(recursive: true);

    /// <summary>Setting a time is a change of the inode, which a read is not.</summary>
    private static FileFacts Unchanged(FileFacts facts) => facts.AsVersion() with { ChangedNanoseconds = 0 };

    private static FileFacts Facts(string path)
    {
        Assert.Equal(0, Libc.Open(null, path, OpenFlags.ForStat, 0, out var handle));
        using (handle)
        {
            Assert.Equal(0, Libc.Describe(handle, out var facts));
            return facts;
        }
    }
}
