using System.Text.Json;
using Grpc.Core;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Reports;

/// <summary><c>ReadAudit</c> and <c>VerifyAudit</c> of the operator's API, over the logs of every component of this server.</summary>
internal sealed class AuditCalls(ComponentContext component, SessionManager sessions)
{
    private const int DefaultLimit = 200;
    private const int HighestLimit = 1000;

    public async Task ReadAsync(ReadAuditRequest request, IServerStreamWriter<AuditLine> answer, ServerCallContext context)
    {
        if (request.Limit > HighestLimit)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"limit: {request.Limit} is above {HighestLimit}"));
        }

        // A session of an earlier server is known by its id alone.
        var session = request.SessionId.Length == 0 ? null : sessions.Find(request.SessionId)?.Identity.Id ?? request.SessionId;
        foreach (var record in Newest(session, request.OnlyDenied, request.Limit == 0 ? DefaultLimit : (int)request.Limit))
        {
            await answer.WriteAsync(Of(record), context.CancellationToken);
        }
    }

    public AuditVerdict Verify()
    {
        var verification = AuditVerifier.Verify(component.AuditRoot);
        var verdict = new AuditVerdict { Records = verification.Records };
        verdict.Faults.AddRange(verification.Faults.Select(fault => fault.ToString()));
        return verdict;
    }

    private IReadOnlyList<AuditRecord> Newest(string? session, bool onlyDenied, int limit)
    {
        try
        {
            return AuditReader.Newest(
                component.AuditRoot, record => (session is null || record.Session == session) && (!onlyDenied || record is { IsDecision: true, IsAllowed: false } || record.Kind == AuditKinds.Alarm), limit);
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, $"the audit log holds a line that is no record ({failure.Message}); secure-agent audit verify names it"));
        }
    }

    private static AuditLine Of(AuditRecord record)
    {
        var line = new AuditLine
        {
            TimeUnixUs = (record.Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
            Component = record.Component, SessionId = record.Session ?? "", Plane = record.Plane, Kind = record.Kind,
            Verdict = record.Verdict ?? "", Reason = record.Reason ?? "", Rule = record.Rule ?? "", Subject = record.Subject ?? "",
        };
        foreach (var (name, value) in record.Facts)
        {
            line.Facts[name] = value;
        }

        return line;
    }
}
