using SecureAgent.Policy.Document;
using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Suggesting;

internal static class EgressAmendment
{
    private const int Https = 443;

    /// <summary>A looked-up name: what the agent wanted with it is unknown, HTTPS is the likeliest.</summary>
    public static Amendment? OfName(Profile profile, string name) =>
        CanonicalHost.TryParse(name) is { } host ? Reach(profile, host, Https) : null;

    public static Amendment? Of(Profile profile, string subject, ReasonCode reason)
    {
        if (HostPort.TryParse(subject) is not var (host, port))
        {
            return null;
        }

        return reason switch
        {
            ReasonCode.NoRule or ReasonCode.PortNotAllowed or ReasonCode.AskTimedOut => Reach(profile, host, port),
            ReasonCode.AddressPrivate or ReasonCode.AddressOfHost => ReachPrivate(profile, host, port),
            _ => null,
        };
    }

    private static Amendment? Reach(Profile profile, CanonicalHost host, int port)
    {
        if (EgressPolicy.Decide(profile, host, port).IsAllowed)
        {
            return null;
        }

        var refusal = host.Address is null ? null : AddressPolicy.Refusal(host.Address, [], allowPrivate: false);
        if (refusal is not (null or ReasonCode.AddressPrivate))
        {
            return null;
        }

        var egress = profile.Egress;
        var needsPrivate = refusal == ReasonCode.AddressPrivate;
        var at = Enumerable.Range(0, egress.Count)
            .FirstOrDefault(at => egress[at].Host == host.Name && egress[at].Inject is null && egress[at].Inspect is null, egress.Count);
        var rule = at < egress.Count
            ? egress[at] with { Ports = [.. egress[at].Ports, port] }
            : new EgressRule(host.Name, [port], null, null, needsPrivate, Amendment.NewRule($"egress[{at}]", host.Name));
        return new Amendment(
            profile with { Egress = Amendment.Replace(egress, at, rule) },
            ProfileKeys.Egress.Name, at, $"{(at < egress.Count ? "changes" : "adds")} egress[{at}]: reaches {host.Name} on port {port}");
    }

    /// <summary>Opens private addresses for this one host: below a wildcard it gets a rule of its own, before it.</summary>
    private static Amendment? ReachPrivate(Profile profile, CanonicalHost host, int port)
    {
        var deciding = EgressPolicy.RuleOf(profile, EgressPolicy.Decide(profile, host, port));
        if (deciding is null || deciding.AllowPrivate)
        {
            return null;
        }

        var at = profile.Egress.ToList().IndexOf(deciding);
        var isOwn = deciding.Host == host.Name;
        var egress = profile.Egress.ToList();
        if (isOwn)
        {
            egress[at] = deciding with { AllowPrivate = true };
        }
        else
        {
            egress.Insert(at, deciding with { Host = host.Name, Ports = [port], AllowPrivate = true, Rule = Amendment.NewRule($"egress[{at}]", $"{host.Name}:{port}") });
        }

        return new Amendment(
            profile with { Egress = egress }, ProfileKeys.Egress.Name, at,
            $"{(isOwn ? "changes" : "adds, before what is there,")} egress[{at}]: lets {host.Name} be a private address");
    }
}
