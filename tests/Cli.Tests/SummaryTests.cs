using System.Text.Json;
using SecureAgent.Cli.Run;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Tests;

public sealed class SummaryTests
{
    private static readonly Summary Sample = new()
    {
        SessionId = "s-1", ExitCode = 3, EndReason = "exited", DurationMs = 1234,
        Files = new PlaneCounts { Allowed = 4, Denied = 1 }, FileBytes = 2048,
        Egress = new PlaneCounts { Allowed = 0, Denied = 2 }, Secrets = new PlaneCounts(), Inference = new PlaneCounts { Allowed = 5 },
        Tokens = 6120, AuditRecords = 31, AuditVerified = true,
        Denials =
        {
            new Denial { Plane = "egress", Subject = "evil\u001b[2J.test:80", Reason = "no_rule", Count = 2, Suggestion = "egress:\n  - { host: evil.test, ports: [80] }" },
        },
    };

    [Fact]
    public void Json_IsOneObjectWithTheDocumentedFields()
    {
        using var json = JsonDocument.Parse(SummaryJson.Write(Sample, "the answer"));

        Assert.Equal("the answer", json.RootElement.GetProperty("answer").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal(2048, json.RootElement.GetProperty("files").GetProperty("bytes").GetInt64());
        Assert.Equal(2, json.RootElement.GetProperty("egress").GetProperty("denied").GetInt64());
        Assert.Equal("no_rule", json.RootElement.GetProperty("denials")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public void Report_ShowsEachPlaneAndTheLinesThatWouldAllow()
    {
        var text = Report(Sample);

        Assert.Contains("4 read, 1 denied, 2.0 KiB", text, StringComparison.Ordinal);
        Assert.Contains("chain verified", text, StringComparison.Ordinal);
        Assert.Contains("host: evil.test", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public void Report_OfABrokenChain_SaysSo()
    {
        var broken = Sample.Clone();
        (broken.AuditVerified, broken.AuditError) = (false, "file-gate/00000001.jsonl:4: edited");

        Assert.Contains("chain broken: file-gate/00000001.jsonl:4: edited", Report(broken).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfADegradedSession_NamesTheLayer()
    {
        var degraded = Sample.Clone();
        degraded.Degraded.Add("landlock");

        Assert.Contains("landlock", Report(degraded), StringComparison.Ordinal);
    }

    private static string Report(Summary summary)
    {
        using var output = new StringWriter();
        new SummaryReport(output, colours: false).Write(summary);
        return output.ToString();
    }
}
