namespace SecureAgent.FileGate.Tests;

/// <summary>The process that applies a change set is killed before each of its steps; at the next start the folder is the old tree or the new one.</summary>
public sealed class ApplyCrashTests : IDisposable
{
    private const int AtOnce = 2;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-crash-");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Kill_BeforeEveryStep_LeavesTheOldTreeOrTheNew()
    {
        var (before, after, steps) = await UndisturbedAsync();
        var outcomes = new Dictionary<int, string>();
        await Parallel.ForAsync(1, steps + 1, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (step, _) =>
        {
            var directory = Fresh($"k{step}");
            Assert.Equal(ApplyCrash.Killed, (await ApplyCrash.RunAsync(directory, "apply", step)).Code);

            ApplyCrash.Act(directory, "recover", 0);

            Record(outcomes, step, Judge(directory, before, after));
        });

        Assert.All(outcomes.Values, outcome => Assert.Contains(outcome, (string[])["old", "new"]));
        Assert.Equal(steps, outcomes.Count);

        // One point of no return, and both sides of it are seen.
        var ordered = outcomes.OrderBy(outcome => outcome.Key).Select(outcome => outcome.Value).ToList();
        Assert.Equal(ordered.Order(StringComparer.Ordinal).Reverse(), ordered);
        Assert.Equal(["old", "new"], ordered.Distinct());
    }

    [Fact]
    public async Task Kill_DuringRecoveryToo_LeavesTheOldTreeOrTheNew()
    {
        var (before, after, steps) = await UndisturbedAsync();
        var kills = 0;
        await Parallel.ForAsync(0, steps / 3, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (third, _) =>
        {
            var step = 2 + (3 * third);
            var directory = Fresh($"r{step}");
            await ApplyCrash.RunAsync(directory, "apply", step);

            // A different step of the recovery each time; one that has fewer steps simply ends.
            for (var at = 1 + (step % 7); at < 30 && (await ApplyCrash.RunAsync(directory, "recover", at)).Code == ApplyCrash.Killed; at += 9)
            {
                Interlocked.Increment(ref kills);
            }

            ApplyCrash.Act(directory, "recover", 0);

            var outcome = Judge(directory, before, after);
            Assert.True(outcome is "old" or "new", $"step {step}: {outcome}");
        });

        Assert.True(kills >= steps / 3, $"only {kills} recoveries were killed");
    }

    [Fact]
    public async Task HostEdit_BetweenCrashAndRecovery_IsKept()
    {
        var (_, _, steps) = await UndisturbedAsync();
        var kept = 0;
        for (var step = 1; step <= steps; step += 6)
        {
            var directory = Fresh($"h{step}");
            await ApplyCrash.RunAsync(directory, "apply", step);
            await File.WriteAllTextAsync(Path.Combine(directory, "ws", "a.txt"), "the host's own words");

            ApplyCrash.Act(directory, "recover", 0);

            Assert.Equal("the host's own words", await File.ReadAllTextAsync(Path.Combine(directory, "ws", "a.txt")));
            kept++;
        }

        Assert.True(kept >= 5);
    }

    private async Task<(IReadOnlyList<string> Before, IReadOnlyList<string> After, int Steps)> UndisturbedAsync()
    {
        var directory = Fresh("whole");
        var before = ApplyCrash.Tree(directory);
        var (code, steps) = await ApplyCrash.RunAsync(directory, "apply", 0);
        Assert.Equal(0, code);
        Assert.True(steps > 30, $"{steps} steps");
        Assert.Contains(ApplyCrash.Tree(directory), entry => entry.EndsWith("epsilon", StringComparison.Ordinal));
        return (before, ApplyCrash.Tree(directory), steps);
    }

    /// <summary>The tree, and whether the set agrees with it: everything still waits, or nothing does.</summary>
    private static string Judge(string directory, IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        var waits = File.Exists(Path.Combine(directory, "data", "changes", ApplyCrash.Id, "set.json"));
        var tree = ApplyCrash.Tree(directory);
        return tree.SequenceEqual(before) && waits ? "old" : tree.SequenceEqual(after) && !waits ? "new" : $"set waits: {waits}\n{string.Join("\n", tree)}";
    }

    private string Fresh(string name)
    {
        var directory = Path.Combine(root.FullName, name);
        ApplyCrash.Prepare(directory);
        return directory;
    }

    private static void Record(Dictionary<int, string> outcomes, int step, string outcome)
    {
        lock (outcomes)
        {
            outcomes[step] = outcome;
        }
    }
}
