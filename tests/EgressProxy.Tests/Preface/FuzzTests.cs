using SecureAgent.Fuzz;

namespace SecureAgent.EgressProxy.Tests.Preface;

/// <summary>A short run of <c>eng/Fuzz</c>; the long one is a command of its own.</summary>
public sealed class FuzzTests
{
    private const int Cases = 30_000;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Parser_HoldsWhatItPromises_ForWhateverItIsGiven(string name)
    {
        var result = FuzzRun.Run(FuzzTargets.All.Single(target => target.Name == name), Cases, seed: 7, threads: 1);

        Assert.Null(result.Failure);
        Assert.Equal(Cases, result.Cases);
        Assert.InRange(result.Accepted, Cases / 100, Cases * 9 / 10);
    }
}
