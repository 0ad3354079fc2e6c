namespace SecureAgent.EndToEnd.Tests;

/// <summary>The evidence of a real session, tampered with.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task AnyLine_TamperedWith_IsNamed()
    {
        await using var server = await Server.StartAsync();
        await server.RunAsync("--workspace", Product.Notes, "--json", "--", "sh", "-c", "for i in 1 2 3; do curl -s http://127.0.0.1:8081/v1/list/ >/dev/null; done");
        await server.StopAsync();
        var whole = await VerifyAsync(server);
        Assert.True(whole.ExitCode == 0, whole.ToString());
        var misspelt = await Product.CliAsync("audit", "show", "--denied", "--session", "s-nobody", "--data", server.Data);
        Assert.True(misspelt.ExitCode == 2 && misspelt.Stderr.Contains("'s-nobody'", StringComparison.Ordinal), misspelt.ToString());

        var file = Path.Combine(server.Data, "audit", "file-gate", "00000001.jsonl");
        var original = await File.ReadAllLinesAsync(file);
        Assert.True(original.Length >= 4, $"only {original.Length} records");
        var edits = new Dictionary<string, Func<string[], (string[] Lines, int Named)>>
        {
            ["edited"] = lines => ([.. lines[..2], lines[2].Replace("\"file-gate\"", "\"file-gat3\"", StringComparison.Ordinal), .. lines[3..]], 3),
            ["deleted"] = lines => ([.. lines[..1], .. lines[2..]], 2),
            ["inserted"] = lines => ([.. lines[..2], lines[1], .. lines[2..]], 3),
            ["reordered"] = lines => ([lines[0], lines[2], lines[1], .. lines[3..]], 2),
            ["cut off"] = lines => (lines[..^1], lines.Length),
        };
        foreach (var (how, edit) in edits)
        {
            var (lines, named) = edit(original);
            await File.WriteAllTextAsync(file, string.Concat(lines.Select(line => line + "\n")));

            var outcome = await VerifyAsync(server);

            Assert.True(outcome.ExitCode == 1, $"{how}: {outcome}");
            Assert.Contains($"file-gate/00000001.jsonl:{named}:", outcome.Stderr, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, string.Concat(original.Select(line => line + "\n")));
        Assert.Equal(0, (await VerifyAsync(server)).ExitCode);
    }

    private static Task<Outcome> VerifyAsync(Server server) => Product.CliAsync("audit", "verify", "--data", server.Data);
}
