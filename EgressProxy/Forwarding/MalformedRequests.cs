using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>
/// Kestrel answers what it cannot read by itself (bad framing, two lengths, a Host that is not the target's, heads too long) and closes the connection.
/// No code of ours runs then; its diagnostic event puts the refusal on record.
/// </summary>
internal sealed class MalformedRequests(DiagnosticListener diagnostics, EgressRecord record, ILogger<MalformedRequests> log)
    : IHostedService, IObserver<KeyValuePair<string, object?>>
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private IDisposable? subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        subscription = diagnostics.Subscribe(this, static name => name == BadRequest);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is not { Key: BadRequest, Value: IFeatureCollection features })
        {
            return;
        }

        var context = new DefaultHttpContext(features);
        if (context.Origin() != ConnectionOrigin.Session)
        {
            return;
        }

        var why = features.Get<IBadRequestExceptionFeature>()?.Error as BadHttpRequestException;
        var judgement = features.Get<InspectedTunnel>() is { } tunnel
            ? (tunnel.Judgement with { Ask = tunnel.Judgement.Ask with { Via = tunnel.Scheme, Method = "" } }).Refuse(ReasonCode.RequestMalformed)
            : new Judgement(new EgressAsk("http", "", "", 0), Decision.Deny(ReasonCode.RequestMalformed), null, null, []);
        try
        {
            record.Decided(context.Session().Egress(), judgement, AuditFact.Of("status", why?.StatusCode ?? StatusCodes.Status400BadRequest));
        }
        catch (AuditUnavailableException error)
        {
            // Refused already; only its record is missing.
            log.NotRecorded(error);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
