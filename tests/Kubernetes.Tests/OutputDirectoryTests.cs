using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Tests;

public sealed class OutputDirectoryTests : IDisposable
{
    private static readonly ManifestFile[] Two = [new("base/a.yaml", "a: 1\n"), new("b.yaml", "b: 1\n")];

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Write_Again_ChangesNothing()
    {
        Assert.Equal(2, OutputDirectory.Write(directory.Path, Two));
        Assert.Equal(0, OutputDirectory.Write(directory.Path, Two));
        Assert.Equal(1, OutputDirectory.Write(directory.Path, [Two[0], Two[1] with { Text = "b: 2\n" }]));
    }

    [Fact]
    public void ForeignFile_IsNotOverwritten_AndNothingElseIsWritten()
    {
        File.WriteAllText(directory.File("b.yaml"), "mine");

        var error = Assert.Throws<PublishException>(() => OutputDirectory.Write(directory.Path, Two));

        Assert.Contains("was not written by publish", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(directory.File("b.yaml")));
        Assert.False(File.Exists(directory.File("base/a.yaml")));
    }

    [Fact]
    public void EditedFile_IsNotOverwritten()
    {
        OutputDirectory.Write(directory.Path, Two);
        File.WriteAllText(directory.File("b.yaml"), "b: edited\n");

        var error = Assert.Throws<PublishException>(() => OutputDirectory.Write(directory.Path, Two));

        Assert.Contains("was changed since", error.Message, StringComparison.Ordinal);
        Assert.Equal("b: edited\n", File.ReadAllText(directory.File("b.yaml")));
    }

    [Fact]
    public void FileNoLongerPublished_IsDeleted_UnlessItWasEdited()
    {
        OutputDirectory.Write(directory.Path, Two);
        OutputDirectory.Write(directory.Path, [Two[0]]);
        Assert.False(File.Exists(directory.File("b.yaml")));

        File.WriteAllText(directory.File("base/a.yaml"), "a: edited\n");
        Assert.Throws<PublishException>(() => OutputDirectory.Write(directory.Path, []));
        Assert.True(File.Exists(directory.File("base/a.yaml")));
    }

    [Fact]
    public void LinkOutOfTheOutput_IsRefused()
    {
        using var elsewhere = new TemporaryDirectory();
        Directory.CreateSymbolicLink(directory.File("base"), elsewhere.Path);

        Assert.Throws<PublishException>(() => OutputDirectory.Write(directory.Path, Two));

        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Path));
    }

    [Theory]
    [InlineData("""{"../outside":"00"}""")]
    [InlineData("not json")]
    public void ForgedList_IsRefused(string list)
    {
        File.WriteAllText(directory.File(OutputDirectory.ListName), list);

        Assert.Throws<PublishException>(() => OutputDirectory.Write(directory.Path, Two));
    }
}
