using SecureAgent.SecretBroker.Leases;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker.Tests.Leases;

public sealed class LeaseJournalTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("sa-journal-").FullName;

    private string File => Path.Combine(directory, "leases.journal");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("+a/1\n+a/2\n", "a/1,a/2", "")]
    [InlineData("+a/1\n+a/2", "a/1", "")]
    [InlineData("+a/1\n-a/1", "a/1", "")]
    [InlineData("+a/1\n-a/1\n", "", "")]
    [InlineData("?a\n", "", "a")]
    [InlineData("?a", "", "")]
    [InlineData("?a\n+a/1", "", "a")]
    [InlineData("?a\n+a/1\n", "a/1", "a")]
    [InlineData("?a\n+a/1\n!a\n", "a/1", "")]
    [InlineData("?a\n?a\n!a\n", "", "a")]
    [InlineData("?a\n?a\n=a\n", "", "")]
    [InlineData("?a\n!a", "", "a")]
    [InlineData("", "", "")]
    [InlineData("+", "", "")]
    public void Journal_ReadAfterACrash_HoldsWhatMayBeAlive(string content, string live, string unanswered)
    {
        Write(content);

        for (var opened = 0; opened < 2; opened++)
        {
            using var journal = LeaseJournal.Open(directory);
            Assert.Equal(live, string.Join(',', journal.Live.Order(StringComparer.Ordinal)));
            Assert.Equal(unanswered, string.Join(',', journal.Unanswered));
        }
    }

    [Fact]
    public void Journal_WithALineNobodyWrites_RefusesTheStart()
    {
        Write("+a/1\nx\n");
        Assert.Throws<StartupException>(() => LeaseJournal.Open(directory));

        Write("+a/1\n");
        LeaseJournal.Open(directory).Dispose();
    }

    [Fact]
    public void Journal_AfterACutLine_TakesTheNextOneWhole()
    {
        Write("+a/1\n+a/");
        using (var journal = LeaseJournal.Open(directory))
        {
            journal.Ask("b");
            journal.Began("b", "b/1");
        }

        using var again = LeaseJournal.Open(directory);
        Assert.Equal(["a/1", "b/1"], again.Live.Order(StringComparer.Ordinal));
        Assert.Empty(again.Unanswered);
        Assert.True(again.HoldsBelow("b"));
        Assert.False(again.HoldsBelow("b/"));
    }

    private void Write(string content)
    {
        System.IO.File.WriteAllText(File, content);
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
