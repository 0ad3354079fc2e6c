using SecureAgent.EgressProxy.Asking;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Sessions;

/// <summary>What the proxy holds for one session: names, upstream connections and keys are never shared between sessions.</summary>
/// <param name="Authority">Null when no rule inspects.</param>
internal sealed record EgressSession(SessionContext Context, NamePins Names, WildcardNames Wildcards, SessionBudget Budget, HttpMessageInvoker Upstream, SessionAuthority? Authority) : IDisposable
{
    public string Id => Context.Id;

    public Profile Profile => Context.Profile;

    /// <summary>W3C trace id of the session, for its records; null when it has none.</summary>
    public string? Trace { get; } = Context.TraceParent.TraceId == default ? null : Context.TraceParent.TraceId.ToString();

    public LiveFlows Flows { get; } = new(() => Context.Profile);

    public AllowedHosts Allowed { get; } = new();

    public AskedHosts Asked { get; } = new();

    public void Dispose()
    {
        Upstream.Dispose();
        Authority?.Dispose();
    }
}
