using System.Text;

namespace SecureAgent.FileGate.Tests.Redaction;

/// <summary>Redaction as a client meets it: whole reads, ranges, chunk borders, refusals.</summary>
public sealed class RedactedReadTests
{
    private const int Chunk = 128 * 1024;

    [Fact]
    public async Task Secret_InAFile_IsMaskedInPlaceAndCounted()
    {
        var (text, secrets) = RedactionCorpus.Fill("name=demo\nDB_PASSWORD={24:base62}\nAPI=ghp_{36:base62}\nend\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("settings", text));

        var seen = Encoding.UTF8.GetString((await gate.ReadGrpcAsync("settings")).Bytes);

        Assert.Equal($"name=demo\nDB_PASSWORD={new string('*', 24)}\nAPI=ghp_{new string('*', 36)}\nend\n", seen);
        Assert.Equal(seen, await gate.Http.GetStringAsync("/v1/files/settings"));
        Assert.All(gate.Records().Where(record => record.IsAllowed), record => Assert.Equal(2, record.Number("masked")));
        Assert.Equal(2, secrets.Count);
    }

    [Fact]
    public async Task Secret_LetThroughByPolicy_IsNotMasked()
    {
        var (text, _) = RedactionCorpus.Fill("DB_PASSWORD={24:base62}\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], redact: off"), scenario => scenario.Write("settings", text));

        Assert.Equal(text, await gate.Http.GetStringAsync("/v1/files/settings"));
    }

    [Fact]
    public async Task Secret_InAFileOfABlockingPolicy_RefusesTheRead()
    {
        var (text, _) = RedactionCorpus.Fill(new string('x', 300_000) + "\nDB_PASSWORD={24:base62}\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], redact: block"), scenario =>
        {
            scenario.Write("large", text);
            scenario.Write("small", text[299_990..]);
            scenario.Write("clean", "no secret here\n");
        });

        Assert.Equal("secret_found", await gate.GrpcVerdictAsync("large"));
        Assert.Equal("secret_found", await gate.GrpcVerdictAsync("small"));
        Assert.Equal("ok", await gate.GrpcVerdictAsync("clean"));
        Assert.Equal(200_000, (await gate.ReadGrpcAsync("large", 0, 200_000)).Bytes.Length);
    }

    /// <summary>The secret is moved byte by byte over a chunk border; no character of it may ever leave.</summary>
    [Fact]
    public async Task Secret_AcrossAChunkBorder_IsNeverLetThrough()
    {
        var (secret, _) = RedactionCorpus.Fill("ghp_{36:base62}", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario =>
        {
            for (var shift = 0; shift <= secret.Length; shift++)
            {
                var text = new StringBuilder().Append('\n', (2 * Chunk) + 100);
                text.Remove(Chunk - shift, secret.Length).Insert(Chunk - shift, secret);
                scenario.Write($"f{shift}", text.ToString());
            }
        });

        for (var shift = 0; shift <= secret.Length; shift++)
        {
            var seen = (await gate.ReadGrpcAsync($"f{shift}")).Bytes;
            Assert.Equal("ghp_" + new string('*', 36), Encoding.ASCII.GetString(seen, Chunk - shift, secret.Length));
        }

        Assert.All(gate.Records().Where(record => record.Kind == "read.receipt"), record => Assert.Equal(1, record.Number("masked")));
    }

    /// <summary>Every two-byte range of a file with a private key, put together, is the masked file.</summary>
    [Fact]
    public async Task Secret_ReadInSmallRanges_StaysMasked()
    {
        var (text, _) = RedactionCorpus.Fill("a\n-----BEGIN RSA PRIVATE KEY-----\n{64:base64}\n{64:base64}\n-----END RSA PRIVATE KEY-----\nz\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("key", text));
        var whole = (await gate.ReadGrpcAsync("key")).Bytes;

        var parts = new List<byte>();
        for (var offset = 0; offset < text.Length; offset += 7)
        {
            parts.AddRange((await gate.ReadGrpcAsync("key", offset, 7)).Bytes);
        }

        Assert.Equal(whole, parts);
        Assert.Equal(text.Length, whole.Length);
        Assert.DoesNotContain(text[40..60], Encoding.ASCII.GetString(whole), StringComparison.Ordinal);
    }

    /// <summary>Wide text stays text: its zeros and its line breaks are shown, and a range may cut a character in two.</summary>
    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task Secret_InWideText_IsMaskedInPlace(string encoding)
    {
        var wide = Encoding.GetEncoding(encoding);
        var (text, _) = RedactionCorpus.Fill("name=größe\r\nDB_PASSWORD={24:base62}\r\nend\r\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("settings", wide.GetBytes(text)));

        var parts = new List<byte>();
        for (var offset = 0; offset < text.Length * 2; offset += 7)
        {
            parts.AddRange((await gate.ReadGrpcAsync("settings", offset, 7)).Bytes);
        }

        Assert.Equal($"name=größe\r\nDB_PASSWORD={new string('*', 24)}\r\nend\r\n", wide.GetString((await gate.ReadGrpcAsync("settings")).Bytes));
        Assert.Equal((await gate.ReadGrpcAsync("settings")).Bytes, parts);
    }
}
