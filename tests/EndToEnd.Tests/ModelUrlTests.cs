namespace SecureAgent.EndToEnd.Tests;

/// <summary>The README's <c>--model-url</c>: the built-in agent with a model server of the operator's.</summary>
public sealed class ModelUrlTests : IDisposable
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("sa-model-");

    [Fact]
    public async Task Task_IsAnsweredByTheModelServer()
    {
        await using var model = await FakeModel.StartAsync();

        var outcome = await RunAsync(model.Url);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains(FakeModel.LastWords, outcome.Answer, StringComparison.Ordinal);
        Assert.True(model.IsAsked);
    }

    [Theory]
    [InlineData("127.0.0.1:11434")]
    [InlineData("http://[")]
    public async Task WrongUrl_IsNamedWithTheMend(string url)
    {
        var outcome = await RunAsync(url);

        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Contains($"--model-url '{url}'", outcome.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => data.Delete(recursive: true);

    private Task<Outcome> RunAsync(string url) =>
        Product.CliAsync("run", "do the work", "--workspace", Product.Notes, "--data", data.FullName, "--model-url", url, "--json");
}
