using System.Text;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>The operator's own commands in a live session.</summary>
public sealed class ExecTests(RunnerFixture server, Sandbox.SandboxFixture sandbox) : IClassFixture<RunnerFixture>, IAsyncLifetime
{
    private string session = "";

    public async ValueTask InitializeAsync()
    {
        sandbox.RequireSandbox();
        session = (await server.Client.CreateSessionAsync(server.Request("echo mine > /tmp/x; sleep 600"))).SessionId;
    }

    public async ValueTask DisposeAsync() => await server.Client.KillAsync(new KillRequest { SessionId = session });

    [Fact]
    public async Task Command_SeesTheSession_AndHasItsOwnStreamsAndCode()
    {
        var result = await ExecAsync("until test -s /tmp/x; do :; done; cat /tmp/x; cat; echo oops >&2; exit 9", stdin: "typed");

        Assert.Equal(("mine\ntyped", "oops\n", 9), result);
        Assert.Contains(AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, session), record => record.Kind == "session.exec" && record.Facts["program"] == "bash");
    }

    [Fact]
    public async Task Command_IsUnderTheSameLayers()
    {
        var result = await ExecAsync("id -u; unshare -U true 2>&1; touch /usr/x 2>&1; grep -E 'Seccomp:|NoNewPrivs|CapEff' /proc/self/status; cat /proc/1/environ 2>&1 | head -c 200");

        Assert.Contains("1000\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("unshare failed: Operation not permitted", result.Output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", result.Output, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", result.Output, StringComparison.Ordinal);
        Assert.Contains("Permission denied", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_AtOnce_KeepTheirOwnBytes()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => ExecAsync($"cat; echo {index}; exit {index}", stdin: new string((char)('a' + index), 300_000))));

        for (var index = 0; index < results.Length; index++)
        {
            Assert.Equal((new string((char)('a' + index), 300_000) + $"{index}\n", "", index), results[index]);
        }
    }

    [Fact]
    public async Task Command_NotFound_Is127()
    {
        using var call = server.Client.Exec();
        await call.RequestStream.WriteAsync(new ExecRequest { Start = new ExecStart { SessionId = session, Command = { "no-such-program" } } });

        var result = await ReadAsync(call);

        Assert.Equal(127, result.Code);
        Assert.Contains("no-such-program", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_OnATerminal_HasOne()
    {
        using var call = server.Client.Exec();
        await call.RequestStream.WriteAsync(new ExecRequest
        {
            Start = new ExecStart { SessionId = session, Command = { "bash", "-c", "stty size; test -t 0 && echo tty" }, Terminal = new Terminal { Rows = 20, Columns = 70, Type = "xterm" } },
        });

        Assert.Equal(("20 70\r\ntty\r\n", "", 0), await ReadAsync(call));
    }

    [Fact]
    public async Task Client_Leaving_KillsTheCommandAndNotTheSession()
    {
        using (var call = server.Client.Exec())
        {
            await call.RequestStream.WriteAsync(new ExecRequest { Start = new ExecStart { SessionId = session, Command = { "bash", "-c", "echo up; sleep 6171.5" } } });
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal("up\n", call.ResponseStream.Current.Stdout.ToStringUtf8());
        }

        var result = await ExecAsync("for i in $(seq 500); do pgrep -f 'sleep 6171[.]5' > /dev/null || break; sleep 0.01; done; pgrep -f 'sleep 6171[.]5' || echo gone");
        Assert.Equal("gone\n", result.Output);
        Assert.Equal(SessionState.Running, (await server.Client.GetSessionAsync(new GetSessionRequest { SessionId = session })).State);
    }

    [Fact]
    public async Task Session_FrozenOrEnded_TakesNone()
    {
        await server.Client.FreezeAsync(new FreezeRequest { SessionId = session });
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => ExecAsync("true"))).StatusCode);
        await server.Client.ThawAsync(new ThawRequest { SessionId = session });
        Assert.Equal(0, (await ExecAsync("true")).Code);
        await server.Client.KillAsync(new KillRequest { SessionId = session });
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => ExecAsync("true"))).StatusCode);
    }

    private async Task<(string Output, string Errors, int Code)> ExecAsync(string script, string stdin = "")
    {
        using var call = server.Client.Exec(cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new ExecRequest { Start = new ExecStart { SessionId = session, Command = { "bash", "-c", script } } });
        var reading = ReadAsync(call);
        try
        {
            await call.RequestStream.WriteAsync(new ExecRequest { Stdin = ByteString.CopyFromUtf8(stdin) });
            await call.RequestStream.WriteAsync(new ExecRequest { StdinClosed = true });
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException)
        {
            // Over already; reading says how.
        }

        return await reading;
    }

    private static async Task<(string Output, string Errors, int Code)> ReadAsync(AsyncDuplexStreamingCall<ExecRequest, ExecEvent> call)
    {
        var (output, errors) = (new StringBuilder(), new StringBuilder());
        await foreach (var next in call.ResponseStream.ReadAllAsync())
        {
            output.Append(next.Stdout?.ToStringUtf8());
            errors.Append(next.Stderr?.ToStringUtf8());
            if (next.EventCase == ExecEvent.EventOneofCase.ExitCode)
            {
                return (output.ToString(), errors.ToString(), next.ExitCode);
            }
        }

        throw new InvalidOperationException("the stream ended without an exit code");
    }
}
