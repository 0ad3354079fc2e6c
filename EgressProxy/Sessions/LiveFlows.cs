using SecureAgent.EgressProxy.Asking;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Sessions;

/// <summary>Tunnels and requests of a session that are under way, to be cut when its policy no longer allows them as they are.</summary>
internal sealed class LiveFlows(Func<Profile> profile)
{
    private readonly Lock gate = new();
    private readonly HashSet<LiveFlow> live = [];

    /// <summary>Tracked first and judged again then: a policy that changes meanwhile is seen by this call, or this flow by <see cref="Recheck"/>.</summary>
    public LiveFlow Track(Judgement judgement, Action cut)
    {
        var flow = new LiveFlow(this, judgement, cut);
        lock (gate)
        {
            live.Add(flow);
        }

        if (!flow.IsAllowedBy(profile()))
        {
            flow.Cut();
        }

        return flow;
    }

    public void Recheck()
    {
        LiveFlow[] all;
        lock (gate)
        {
            all = [.. live];
        }

        var now = profile();
        foreach (var flow in all.Where(flow => !flow.IsAllowedBy(now)))
        {
            flow.Cut();
        }
    }

    internal void Forget(LiveFlow flow)
    {
        lock (gate)
        {
            live.Remove(flow);
        }
    }
}

/// <summary>One of them; disposed when it is over.</summary>
internal sealed class LiveFlow(LiveFlows flows, Judgement judgement, Action cut) : IDisposable
{
    private bool isCut;

    /// <summary>The policy changed and no longer allows it.</summary>
    public bool IsCut => Volatile.Read(ref isCut);

    /// <summary>Allowed, and by a rule that says the same: a tunnel cannot become an inspected one.</summary>
    /// <remarks>The operator's word holds where no rule speaks and the policy still asks.</remarks>
    public bool IsAllowedBy(Profile profile)
    {
        if (ReferenceEquals(profile, judgement.Under))
        {
            return judgement.IsAllowed;
        }

        var decision = EgressPolicy.Decide(profile, judgement.Host!, judgement.Ask.Port);
        return decision.IsAllowed
            ? EgressPolicy.RuleOf(profile, decision) is { } now && PolicyChange.IsSame(now, judgement.Rule!)
            : judgement.Rule is { Rule.Path: HostQuestions.RulePath } && HostQuestions.IsAsked(profile);
    }

    public void Cut()
    {
        Volatile.Write(ref isCut, true);
        cut();
    }

    public void Dispose() => flows.Forget(this);
}
