using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Console.Tests;

/// <summary>The runner's service endpoint on the wire: one login, one session, one approval, and a list of what was asked.</summary>
internal sealed class FakeRunner : AgentRunner.AgentRunnerBase, IAsyncDisposable
{
    public const string Session = "s-fake000001";

    /// <summary>What an agent would try on whoever reads it: markup, an escape sequence, a right-to-left override.</summary>
    public const string Hostile = "<script>alert(1)</script>\u001b[2Jx\u202ey";

    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Method, IMessage Request)> calls = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> firsts = new();
    private readonly ConcurrentDictionary<string, Approval> waiting = new();
    private readonly ConcurrentBag<Channel<ApprovalEvent>> watchers = [];

    private FakeRunner(WebApplication app) => this.app = app;

    public string Address => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Tokens that may be redeemed yet.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new();

    /// <summary>Keys of sessions that stand.</summary>
    public ConcurrentDictionary<string, bool> Keys { get; } = new();

    public IReadOnlyList<(string Method, IMessage Request)> Calls => [.. calls];

    /// <summary>When it has been asked: the page does not wait for its answer before it shows something else.</summary>
    public Task AskedAsync(string method) => First(method).Task;

    public static async Task<FakeRunner> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        FakeRunner? runner = null;
        builder.Services.AddSingleton(_ => runner!).AddSingleton<FakeLogins>();
        var app = builder.Build();
        runner = new FakeRunner(app);
        app.MapGrpcService<FakeRunner>();
        app.MapGrpcService<FakeLogins>();
        await app.StartAsync();
        return runner;
    }

    public string NewToken()
    {
        var token = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        Tokens[token] = true;
        return token;
    }

    public void Hold(Approval approval)
    {
        waiting[approval.ApprovalId] = approval;
        Tell(new ApprovalEvent { Waiting = approval });
    }

    public override Task<ListSessionsResponse> ListSessions(ListSessionsRequest request, ServerCallContext context) =>
        Answer(request, context, () => new ListSessionsResponse { Sessions = { One() } });

    public override Task<Session> GetSession(GetSessionRequest request, ServerCallContext context) => Answer(request, context, One);

    public override Task<Session> Freeze(FreezeRequest request, ServerCallContext context) => Answer(request, context, One);

    public override Task<Session> Kill(KillRequest request, ServerCallContext context) => Answer(request, context, One);

    public override Task<Approval> Decide(DecideRequest request, ServerCallContext context) => Answer(request, context, () =>
    {
        waiting.TryRemove(request.ApprovalId, out _);
        Tell(new ApprovalEvent { Settled = new Approval { ApprovalId = request.ApprovalId } });
        return new Approval { ApprovalId = request.ApprovalId };
    });

    public override Task<AuditVerdict> VerifyAudit(VerifyAuditRequest request, ServerCallContext context) =>
        Answer(request, context, () => new AuditVerdict { Records = 7, Faults = { "file-gate/00000001.jsonl:3: the hash does not match" } });

    public override async Task ReadAudit(ReadAuditRequest request, IServerStreamWriter<AuditLine> responseStream, ServerCallContext context) =>
        await responseStream.WriteAsync(await Answer(request, context, () => new AuditLine
        {
            TimeUnixUs = 1, Component = "file-gate", SessionId = Session, Plane = "files", Kind = "decision", Verdict = "deny", Reason = "no_rule", Subject = Hostile, Facts = { ["op"] = Hostile },
        }));

    public override async Task Approvals(ApprovalsRequest request, IServerStreamWriter<ApprovalEvent> responseStream, ServerCallContext context)
    {
        var watcher = Channel.CreateUnbounded<ApprovalEvent>();
        watchers.Add(watcher);
        foreach (var approval in waiting.Values)
        {
            watcher.Writer.TryWrite(new ApprovalEvent { Waiting = approval });
        }

        await responseStream.WriteAsync(await Answer(request, context, () => new ApprovalEvent { UpToDate = true }));
        await foreach (var next in watcher.Reader.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(next);
        }
    }

    public override async Task Attach(IAsyncStreamReader<AttachRequest> requestStream, IServerStreamWriter<SessionEvent> responseStream, ServerCallContext context)
    {
        await requestStream.MoveNext(context.CancellationToken);
        await responseStream.WriteAsync(await Answer(requestStream.Current, context, () => new SessionEvent { Stdout = ByteString.CopyFromUtf8($"said: {Hostile}\n") }));
        await requestStream.MoveNext(context.CancellationToken);
    }

    public override Task<ServerStatus> GetStatus(GetStatusRequest request, ServerCallContext context) => Answer(request, context, () => new ServerStatus
    {
        Policy = "apiVersion: secureagent.dev/v1", PolicySource = "policies/default.yaml", Layers = { new Layer { Name = "landlock", Present = true, Detail = "ABI 7" } },
    });

    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private void Tell(ApprovalEvent next)
    {
        foreach (var watcher in watchers)
        {
            watcher.Writer.TryWrite(next);
        }
    }

    private TaskCompletionSource First(string method) => firsts.GetOrAdd(method, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private Task<T> Answer<T>(IMessage request, ServerCallContext context, Func<T> answer)
    {
        if (!Keys.ContainsKey(context.RequestHeaders.GetValue(GateHeaders.OperatorSession) ?? "") || context.RequestHeaders.GetValue("authorization") is null)
        {
            context.GetHttpContext().Response.StatusCode = 401;
            throw new RpcException(new Status(StatusCode.Unauthenticated, "Bad gRPC response. HTTP status code: 401"));
        }

        var method = context.Method.Split('/')[^1];
        calls.Enqueue((method, request));
        First(method).TrySetResult();
        return Task.FromResult(answer());
    }

    private static Session One() => new()
    {
        SessionId = Session, State = SessionState.Running, Profile = "default", Workspace = "/home/someone/notes", Name = Hostile, StartedUnixMs = 1_000,
    };
}

internal sealed class FakeLogins(FakeRunner runner) : Logins.LoginsBase
{
    public override Task<OperatorSession> Redeem(RedeemRequest request, ServerCallContext context)
    {
        if (!runner.Tokens.TryRemove(request.Token, out _))
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "this login was used, is older than two minutes, or is of another server"));
        }

        var key = $"key-of-{request.Token[..8]}";
        runner.Keys[key] = true;
        return Task.FromResult(new OperatorSession { OperatorId = "o-someone", Key = key, ExpiresUnixMs = TimeProvider.System.GetUtcNow().AddHours(12).ToUnixTimeMilliseconds() });
    }

    public override Task<EndResponse> End(EndRequest request, ServerCallContext context)
    {
        runner.Keys.TryRemove(context.RequestHeaders.GetValue(GateHeaders.OperatorSession) ?? "", out _);
        return Task.FromResult(new EndResponse());
    }
}
