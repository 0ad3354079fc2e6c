using System.Collections.Concurrent;
using System.Net;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>
/// What was allowed to one session, to be said again while nothing that it was decided from has changed: the profile, the name's answer, the machine's own
/// addresses. Only a policy's word is kept, never the operator's.
/// </summary>
internal sealed class AllowedHosts
{
    private const int MaxKept = 1024;

    private readonly ConcurrentDictionary<(string Host, int Port), Kept> kept = new();

    private sealed record Kept(Judgement Judgement, IReadOnlyList<IPAddress> Answer, IReadOnlyCollection<IPAddress> Own);

    /// <param name="answer">What the host's name stands for now; null when nobody knows.</param>
    public Judgement? Recall(EgressAsk ask, CanonicalHost host, Profile profile, IReadOnlyList<IPAddress>? answer, IReadOnlyCollection<IPAddress> own)
    {
        if (!kept.TryGetValue((host.Name, ask.Port), out var known)
            || !ReferenceEquals(known.Judgement.Under, profile) || !ReferenceEquals(known.Own, own)
            || (host.Address is null && !ReferenceEquals(known.Answer, answer)))
        {
            return null;
        }

        return known.Judgement.Ask == ask ? known.Judgement : known.Judgement with { Ask = ask };
    }

    public void Keep(Judgement judgement, IReadOnlyList<IPAddress> answer, IReadOnlyCollection<IPAddress> own)
    {
        if (judgement is not { IsAllowed: true, Asked: null, Host: { } host })
        {
            return;
        }

        if (kept.Count >= MaxKept)
        {
            kept.Clear();
        }

        kept[(host.Name, judgement.Ask.Port)] = new Kept(judgement, answer, own);
    }
}
