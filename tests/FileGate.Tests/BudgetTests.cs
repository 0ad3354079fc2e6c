using System.Security.Cryptography;

namespace SecureAgent.FileGate.Tests;

public sealed class BudgetTests
{
    [Fact]
    public async Task Budget_Used_RefusesTheNextByte()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], budget: 10KiB"),
            scenario =>
            {
                scenario.Write("ten", new byte[10 * 1024]);
                scenario.Write("one", "1");
                scenario.Write("none", "");
            });

        Assert.Equal("ok", await gate.GrpcVerdictAsync("ten"));
        Assert.Equal("budget_exceeded", await gate.GrpcVerdictAsync("one"));
        Assert.Equal("ok", await gate.GrpcVerdictAsync("none"));
        using var http = await gate.Http.GetAsync("/v1/files/one");
        Assert.Equal(429, (int)http.StatusCode);
    }

    [Fact]
    public async Task Budget_RacedForByManyReads_IsNeverOverdrawn()
    {
        const int size = 200_000;
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy($"allow: ['**'], budget: {size * 7}B"),
            scenario => scenario.Write("file", RandomNumberGenerator.GetBytes(size)));

        var verdicts = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => gate.GrpcVerdictAsync("file")));

        Assert.Equal(7, verdicts.Count(verdict => verdict == "ok"));
        Assert.Equal(33, verdicts.Count(verdict => verdict == "budget_exceeded"));
    }

    [Fact]
    public async Task Budget_OfRefusedAndUnchangedReads_IsNotTouched()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], deny: ['denied'], budget: 8B"),
            scenario =>
            {
                scenario.Write("eight", "12345678");
                scenario.Write("denied", "12345678");
            });
        using var head = new HttpRequestMessage(HttpMethod.Head, "/v1/files/eight");
        using var answer = await gate.Http.SendAsync(head);
        using var conditional = new HttpRequestMessage(HttpMethod.Get, "/v1/files/eight") { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
        using var unchanged = await gate.Http.SendAsync(conditional);

        Assert.Equal("denied_by_rule", await gate.GrpcVerdictAsync("denied"));
        Assert.Equal(304, (int)unchanged.StatusCode);
        Assert.Equal("ok", await gate.GrpcVerdictAsync("eight"));
    }

    [Fact]
    public async Task FileCount_OfDifferentFiles_IsALimit()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], maxFiles: 2"), scenario =>
        {
            scenario.Write("one", "1");
            scenario.Write("two", "2");
            scenario.Write("three", "3");
        });

        Assert.Equal("ok", await gate.GrpcVerdictAsync("one"));
        Assert.Equal("ok", await gate.GrpcVerdictAsync("two"));
        Assert.Equal("budget_exceeded", await gate.GrpcVerdictAsync("three"));
        Assert.Equal("ok", await gate.GrpcVerdictAsync("one"));
    }
}
