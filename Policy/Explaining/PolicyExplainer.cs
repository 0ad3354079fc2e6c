using SecureAgent.Policy.Document;
using SecureAgent.Policy.Document.Yaml;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Files;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.Policy.Explaining;

/// <param name="Text">One line: verdict, reason code, and the rule with its line.</param>
public sealed record Explanation(Decision Decision, string Text);

/// <summary>Answers "what would happen" with the functions that the gates decide with.</summary>
public static class PolicyExplainer
{
    /// <summary>Reading a path below the workspace.</summary>
    public static Explanation File(Profile profile, string path)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var decision = FilePolicy.Decide(profile.Files, path, FileOperation.Read);
        return Explain(profile, $"file {Display.Short(path)}", decision, "size, kind and links are judged once the file is open");
    }

    /// <param name="target"><c>HOST:PORT</c>; an IPv6 address in brackets.</param>
    public static Explanation Connect(Profile profile, string target)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(target);
        var subject = $"connect {Display.Short(target)}";
        if (HostPort.TryParse(target) is not var (host, port))
        {
            var invalid = Explain(profile, subject, Decision.Deny(ReasonCode.HostInvalid), "");
            return invalid with { Text = $"{invalid.Text} [a target is HOST:PORT, as in api.example.com:443]" };
        }

        var decision = EgressPolicy.Decide(profile, host, port);
        if (host.Address is not null && EgressPolicy.RuleOf(profile, decision) is { } rule && decision.IsAllowed)
        {
            decision = AddressPolicy.Decide(rule, host.Address, []);
        }

        return Explain(profile, subject, decision, host.Address is null ? "the addresses it resolves to are judged when it connects" : "");
    }

    /// <summary>Whether any gate may draw the secret, and for which destination.</summary>
    public static Explanation Secret(Profile profile, string name)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(name);
        var subject = $"secret {Display.Short(name)}";
        if (SecretPolicy.Find(profile, name) is not { } grant)
        {
            return Explain(profile, subject, Decision.Deny(ReasonCode.SecretUnknown), "");
        }

        var method = grant.Methods.Count > 0 ? grant.Methods[0] : "";
        var requests = profile.Egress.Where(rule => rule.Carries(name)).SelectMany(rule => rule.Ports)
            .Select(port => new SecretRequest("egress-proxy", name, grant.Host, port, method))
            .Append(new SecretRequest("inference-gateway", name, grant.Host, 443, method))
            .Select(request => (Request: request, Decision: SecretPolicy.Decide(profile, request)))
            .ToList();
        var (asked, decision) = requests.FirstOrDefault(pair => pair.Decision.IsAllowed, requests[0]);
        return Explain(
            profile, subject, decision,
            decision.IsAllowed ? $"to {asked.Caller} for {grant.Host}, header {grant.Header}, methods {string.Join(" ", grant.Methods)}; never to the agent" : "");
    }

    private static Explanation Explain(Profile profile, string subject, Decision decision, string whenAllowed)
    {
        var verdict = decision.IsAllowed ? "allow" : "deny";
        var rule = decision.Rule is { } deciding
            ? $"{deciding.Path} (line {deciding.Line}): {Display.Short(deciding.Text)}"
            : $"no rule of profile {profile.Name}";
        var note = decision.IsAllowed && whenAllowed.Length > 0 ? $" [{whenAllowed}]" : "";
        return new Explanation(decision, $"{verdict} {decision.Reason.Name()}: {subject} by {rule}{note}");
    }
}
