using System.Text.Json;
using System.Text.Json.Serialization;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Refusals;

/// <summary>What a refused client is told: enough for a model to act on or to ask its operator for, nothing it did not know or send.</summary>
internal sealed record Refusal(int Status, RefusalError Error)
{
    public const string ContentType = "application/json";

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(new RefusalBody(Error), RefusalJson.Default.RefusalBody);

    public static Refusal Of(Profile profile, Judgement judgement, string? detail = null)
    {
        var reason = judgement.Decision.Reason;
        return new Refusal(StatusOf(reason), new RefusalError(
            reason.Name(),
            judgement.Decision.Rule is { } rule ? $"{rule.Path} (line {rule.Line})" : "no rule",
            judgement.HostName,
            judgement.Ask.Port,
            detail ?? judgement.Spent?.Message ?? Explain(reason, judgement),
            Suggestions.For(profile, AuditPlanes.Egress, judgement.Subject, reason)));
    }

    /// <summary>One place maps reasons to statuses; what is not listed is forbidden.</summary>
    private static int StatusOf(ReasonCode reason) => reason switch
    {
        ReasonCode.HostInvalid or ReasonCode.RequestMalformed or ReasonCode.PathInvalid => StatusCodes.Status400BadRequest,
        ReasonCode.HostMismatch => StatusCodes.Status421MisdirectedRequest,
        ReasonCode.NameNotResolved or ReasonCode.UpstreamUnreachable or ReasonCode.ResponseTooLarge => StatusCodes.Status502BadGateway,
        ReasonCode.UpstreamTimeout or ReasonCode.TimeExceeded => StatusCodes.Status504GatewayTimeout,
        ReasonCode.BudgetExceeded or ReasonCode.RateLimited or ReasonCode.ConnectionsExceeded => StatusCodes.Status429TooManyRequests,
        ReasonCode.RequestTooLarge => StatusCodes.Status413PayloadTooLarge,
        ReasonCode.AuditUnavailable or ReasonCode.SecretUnavailable or ReasonCode.SessionClosed => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status403Forbidden,
    };

    private static string Explain(ReasonCode reason, Judgement judgement) => reason switch
    {
        ReasonCode.NoRule => $"No egress rule names {judgement.Subject}. Only destinations the policy names can be reached; ask the operator to add the lines in 'ask'.",
        ReasonCode.PortNotAllowed => $"The policy names {judgement.HostName}, but not with port {judgement.Ask.Port}.",
        ReasonCode.HostInvalid => "The host is not a name or address in its usual form.",
        ReasonCode.AddressPrivate => $"{judgement.HostName} leads to a private address, and its rule does not say allowPrivate.",
        ReasonCode.AddressMetadata => $"{judgement.HostName} leads to a cloud metadata address. Nothing allows that.",
        ReasonCode.AddressSpecial => $"{judgement.HostName} leads to an address that is no destination on the internet.",
        ReasonCode.AddressOfHost => $"{judgement.HostName} leads to an address of this machine, and its rule does not say allowPrivate.",
        ReasonCode.NameNotResolved => $"{judgement.HostName} has no address, or its name server did not answer in time.",
        ReasonCode.UpstreamUnreachable => $"{judgement.Subject} is allowed, but no connection to it could be made.",
        ReasonCode.UpstreamTimeout => $"{judgement.Subject} is allowed, but did not answer in time.",
        ReasonCode.AuditUnavailable => "The decision could not be recorded, so nothing is let out. The operator must mend the audit log.",
        ReasonCode.MethodNotAllowed => $"The method {judgement.Ask.Method} is not let through.",
        ReasonCode.PathNotAllowed => $"The rule for {judgement.HostName} does not name this path.",
        ReasonCode.PathInvalid => "The path can be read in more than one way: dot segments, empty segments, encoded slashes or a doubly encoded percent sign.",
        ReasonCode.BudgetExceeded => $"The session has used what it may choose in names below wildcards, {judgement.HostName} is a new one. Names it asked for before go on.",
        ReasonCode.RateLimited => $"The session asks for new names below wildcards too often. {judgement.HostName} may be asked for in a minute.",
        ReasonCode.RequestTooLarge => $"The body is longer than the rule for {judgement.HostName} allows (maxRequest).",
        ReasonCode.ResponseTooLarge => $"The answer is longer than the rule for {judgement.HostName} allows (maxResponse).",
        ReasonCode.TimeExceeded => $"The request took longer than the rule for {judgement.HostName} allows (maxTime).",
        ReasonCode.DeniedByOperator => $"The operator was asked for {judgement.Subject} and said no. Do not ask again in this session.",
        ReasonCode.AskTimedOut => $"No egress rule names {judgement.Subject}; the operator was asked and did not answer in time.",
        ReasonCode.HostMismatch => $"The request names another host than {judgement.HostName}, where it is sent.",
        ReasonCode.TlsRequired => $"Port {judgement.Ask.Port} speaks TLS; what was sent is something else.",
        ReasonCode.SniMissing => $"The TLS hello names no server; {judgement.HostName} must be named.",
        ReasonCode.EchNotAllowed => "The TLS hello hides the name of its server (ECH); switch that off.",
        ReasonCode.UpgradeNotAllowed => "Switching to another protocol is not let through.",
        _ => "The request was refused.",
    };
}

/// <summary>The stable schema of refusals.</summary>
internal sealed record RefusalBody(RefusalError Error);

/// <param name="Reason">Reason code.</param>
/// <param name="Rule">Path and line of the deciding rule, or <c>no rule</c>.</param>
/// <param name="Host">The host as understood.</param>
/// <param name="Ask">Policy lines that would allow it; empty when nothing may.</param>
internal sealed record RefusalError(string Reason, string Rule, string Host, int Port, string Message, string Ask);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RefusalBody))]
internal sealed partial class RefusalJson : JsonSerializerContext;
