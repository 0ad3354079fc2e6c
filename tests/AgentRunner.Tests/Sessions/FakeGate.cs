using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A gate with real doors and a real audit log that allows <c>/allowed</c>, denies everything else, keeps <c>/hang</c> waiting, and holds a <c>/decoy</c>.</summary>
internal sealed class FakeGate : ISessionGate, IAsyncDisposable
{
    private WebApplication? app;

    public ConcurrentDictionary<string, string> Closed { get; } = new();

    public ConcurrentBag<string> Opened { get; } = [];

    public ConcurrentBag<string> Frozen { get; } = [];

    public string? Refusal { get; set; }

    /// <summary>A changed policy is agreed to and then not taken.</summary>
    public bool FailsToChange { get; set; }

    public static async Task<FakeGate> StartAsync(string name, string root)
    {
        var builder = ServiceApp.CreateBuilder(name,
        [
            $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={root}/run", $"--{HostEnvironment.Boot}=b-test",
        ]);
        builder.AddSessions<FakeGate>();
        var app = builder.Build();
        app.MapServiceDefaults();
        var plane = name switch { ComponentNames.FileGate => AuditPlanes.Files, ComponentNames.EgressProxy => AuditPlanes.Egress, _ => AuditPlanes.Inference };
        app.Map("/{**path}", (HttpContext context, string? path, AuditLog audit, SessionAlarms alarms) => AnswerAsync(context, path ?? "", plane, audit, alarms)).ServeOn(ConnectionOrigin.Session);
        app.Services.GetRequiredService<AuditLog>();
        await app.StartAsync();
        var gate = app.Services.GetRequiredService<FakeGate>();
        gate.app = app;
        return gate;
    }

    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        if (Refusal is { } words)
        {
            throw new SessionRefusedException(words);
        }

        Opened.Add(session.Id);
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        Closed[session.Id] = reason;
        return ValueTask.CompletedTask;
    }

    public ValueTask FreezeAsync(SessionContext session, CancellationToken cancellationToken)
    {
        Frozen.Add(session.Id);
        return ValueTask.CompletedTask;
    }

    public ValueTask ChangeAsync(SessionContext session, Profile former, CancellationToken cancellationToken) =>
        FailsToChange ? throw new InvalidOperationException("as told") : ValueTask.CompletedTask;

    public SessionQuestions Questions => app!.Services.GetRequiredService<SessionQuestions>();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref app, null) is { } running)
        {
            await running.StopAsync();
            await running.DisposeAsync();
        }
    }

    private static async Task AnswerAsync(HttpContext context, string path, string plane, AuditLog audit, SessionAlarms alarms)
    {
        if (path == "decoy")
        {
            await alarms.TripAsync(context.Session(), plane, path, ReasonCode.HoneypotTouched);
            return;
        }

        if (path is "ask" or "ask-plain")
        {
            var questions = context.RequestServices.GetRequiredService<SessionQuestions>();
            var may = await questions.AskAsync(context.Session(), new OperatorQuestion(plane, path == "ask" ? "host\u001b[2J:443" : "new.test:443", ReasonCode.NoRule, "", "-one\n+\u001b]0;two\u0007\n"), TimeSpan.FromMinutes(10), context.RequestAborted);
            await context.Response.WriteAsync(may is QuestionOutcome.Once or QuestionOutcome.Session ? may.ToString() : "no");
            return;
        }

        if (path == "hang")
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        var allowed = path == "allowed";
        audit.Append(new AuditEntry(AuditKinds.Decision, plane)
        {
            Session = context.Session().Id,
            Subject = path,
            Decision = allowed ? Decision.Allow(new RuleRef("files[0]", "allow: **", 1)) : Decision.Deny(ReasonCode.DeniedByRule, new RuleRef("files[0]", "deny: **", 1)),
            Facts = [AuditFact.Of("op", "read"), AuditFact.Of("bytes", 5), AuditFact.Of("tokens", 7)],
        });
        context.Response.StatusCode = allowed ? 200 : 403;
        await context.Response.WriteAsync(allowed ? "hello" : "no");
    }
}
