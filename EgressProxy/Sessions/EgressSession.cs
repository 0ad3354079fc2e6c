using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Sessions;

/// <summary>What the proxy holds for one session: names and upstream connections are never shared between sessions.</summary>
internal sealed record EgressSession(string Id, Profile Profile, NamePins Names, HttpMessageInvoker Upstream) : IDisposable
{
    public void Dispose() => Upstream.Dispose();
}
