using System.Net;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary><c>types</c>: what content is decides, on every surface and in both directions; what a file is called does not.</summary>
public sealed class FileTypeTests
{
    private static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13];
    private static readonly byte[] Program = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0];

    [Theory]
    [InlineData("types: [text, image, pdf]", "note.txt", "ok")]
    [InlineData("types: [text, image, pdf]", "empty", "ok")]
    [InlineData("types: [text, image, pdf]", "picture", "ok")]
    [InlineData("types: [text, image, pdf]", "paper", "ok")]
    [InlineData("types: [text, image, pdf]", "program.txt", "type_not_allowed")]
    [InlineData("types: [text, image, pdf]", "late.txt", "ok")]
    [InlineData("types: [text]", "picture", "type_not_allowed")]
    [InlineData("types: [image]", "note.txt", "type_not_allowed")]
    [InlineData("types: []", "note.txt", "type_not_allowed")]
    [InlineData("types: [any]", "program.txt", "ok")]
    [InlineData("redact: mask", "program.txt", "ok")]
    public async Task Read_IsOfTheTypesAllowed(string grant, string path, string expected)
    {
        await using var gate = await OpenAsync(grant);

        Assert.Equal(expected, await gate.GrpcVerdictAsync(path));
        Assert.Equal(expected, await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(GateAnswers.Raw($"/v1/files/{path}"))));
        using var range = GateAnswers.Raw($"/v1/files/{path}");
        range.Headers.Add("Range", "bytes=2-3");
        using var part = await gate.Http.SendAsync(range);
        Assert.Equal(expected == "ok", part.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable);
        Assert.Equal(path, (await gate.Grpc.StatAsync(new StatRequest { Path = path })).Path);
    }

    [Fact]
    public async Task SearchAndArchive_LeaveOtherTypesOut()
    {
        await using var gate = await OpenAsync("types: [text]");

        var found = await gate.Http.GetStringAsync("/v1/search/?regex=needle");
        var archive = System.Text.Encoding.Latin1.GetString(await gate.Http.GetByteArrayAsync("/v1/archive/?format=zip"));

        Assert.Contains("note.txt", found, StringComparison.Ordinal);
        Assert.DoesNotContain("program.txt", found, StringComparison.Ordinal);
        Assert.Contains("note.txt", archive, StringComparison.Ordinal);
        Assert.DoesNotContain("program.txt", archive, StringComparison.Ordinal);
        Assert.DoesNotContain("picture", archive, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("types: [text], access: write", HttpStatusCode.Forbidden)]
    [InlineData("types: [text, image], access: write", HttpStatusCode.Created)]
    [InlineData("types: [text], access: propose", HttpStatusCode.Forbidden)]
    [InlineData("types: [text, image], access: propose", HttpStatusCode.Accepted)]
    public async Task Change_IsOfTheTypesAllowed(string grant, HttpStatusCode expected)
    {
        await using var gate = await OpenAsync(grant);
        using var request = GateAnswers.Raw("/v1/files/new.txt", HttpMethod.Put);
        request.Content = new ByteArrayContent(Png);

        Assert.Equal(expected, (await gate.Http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("types: [image]", "access_not_granted")]
    [InlineData("types: [text]", "ok")]
    public async Task Move_ToWhereOtherTypesAreRead_IsRefused(string target, string expected)
    {
        await using var gate = await GateScenario.StartAsync();
        gate.Write("in/note.txt", "note");
        gate.Write("out/other.txt", "other");
        await gate.OpenAsync(
            "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    files:\n"
            + "      - { root: '${workspace}', allow: ['in/**'], access: write, types: [text] }\n"
            + $"      - {{ root: '${{workspace}}', allow: ['out/**'], access: write, {target} }}\n");

        Assert.Equal(expected, await MoveAsync(gate));
    }

    private static async Task<string> MoveAsync(GateScenario gate)
    {
        try
        {
            await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "in/note.txt", MoveTo = "out/note.txt" });
            return "ok";
        }
        catch (RpcException refused)
        {
            return GateAnswers.ReasonOf(refused);
        }
    }

    private static Task<GateScenario> OpenAsync(string grant) => GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], " + grant), gate =>
    {
        gate.Write("note.txt", "a needle in text\n");
        gate.Write("empty", "");
        gate.Write("picture", Png);
        gate.Write("paper", "%PDF-1.7\n%\u00e2\n");
        gate.Write("program.txt", [.. Program, .. "needle"u8]);
        gate.Write("late.txt", [.. Enumerable.Repeat((byte)'x', 9000), 0]);
    });
}
