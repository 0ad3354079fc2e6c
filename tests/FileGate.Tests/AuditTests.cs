using System.Diagnostics.CodeAnalysis;
using SecureAgent.Contracts;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;

namespace SecureAgent.FileGate.Tests;

/// <summary>Nothing is released without its record.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task Call_OfAnyKind_LeavesOneDecision()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], deny: ['denied']"), scenario => scenario.Write("a", "a"));

        await gate.GrpcVerdictAsync("a");
        await gate.GrpcVerdictAsync("denied");
        await gate.GrpcVerdictAsync("../x");
        await gate.GrpcVerdictAsync("missing");
        await gate.Http.GetAsync("/v1/stat/a");
        await gate.Http.GetAsync("/v1/list/");

        var decisions = gate.Records().Where(record => record.Kind == AuditKinds.Decision).ToList();
        Assert.Equal(
            ["read allow", "read denied_by_rule", "read path_escapes", "read not_found", "stat allow", "list allow"],
            decisions.Select(record => $"{record.Facts["op"]} {(record.IsAllowed ? "allow" : record.Reason)}"));
        Assert.All(decisions, record => Assert.Equal("s-test", record.Session));
        Assert.All(decisions, record => Assert.Equal("0af7651916cd43dd8448eb211c80319c", record.Trace));
        Assert.True(AuditVerifier.Verify(Path.Combine(gate.Component.DataDirectory, "audit")).IsValid);
    }

    [Fact]
    [SuppressMessage("Reliability", "CA2000", Justification = "Disposed in the finally block, after the file system is unmounted.")]
    public async Task AuditLog_ThatIsFull_DeniesEverything()
    {
        string? mounted = null;
        var component = await TestComponent.StartAsync(ComponentNames.FileGate, args =>
        {
            var data = args.First(arg => arg.Contains(HostEnvironment.DataDirectory, StringComparison.Ordinal)).Split('=')[1];
            Assert.SkipUnless(Native.Mount("tmpfs", data, "tmpfs", 0, "size=128k") == 0, "mounting a small file system needs root");
            mounted = data;
            return FileGateHosting.Create(args);
        });
        try
        {
            var workspace = Directory.CreateDirectory(component.RunDirectory + "-ws").FullName;
            await File.WriteAllTextAsync(Path.Combine(workspace, "a"), "a");
            await using var session = await component.OpenSessionAsync(GateScenario.Policy(), workspace: workspace);
            Assert.Equal("a", await session.Http.GetStringAsync("/v1/files/a"));

            Fill(component.DataDirectory);
            foreach (var target in new[] { "/v1/files/a", "/v1/stat/a", "/v1/list/", "/v1/files/missing" })
            {
                var verdict = "";
                for (var i = 0; i < 40 && verdict != "audit_unavailable"; i++)
                {
                    // What is left of the last page may still take a few records.
                    using var refused = await session.Http.GetAsync(target);
                    verdict = await GateAnswers.ReasonOfAsync(refused);
                }

                Assert.Equal("audit_unavailable", verdict);
            }
        }
        finally
        {
            Native.Unmount(component.DataDirectory, 2);
            await component.DisposeAsync();
        }
    }

    private static void Fill(string directory)
    {
        using var file = new FileStream(Path.Combine(directory, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, 1);
        try
        {
            while (true)
            {
                file.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }
}
