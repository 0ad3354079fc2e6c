using System.Net;
using SecureAgent.EgressProxy.Asking;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Tests.Judging;

/// <summary>A decision is said again only while everything it was made from is the very same.</summary>
public sealed class AllowedHostsTests
{
    private static readonly IPAddress[] Answer = [IPAddress.Parse("203.0.113.1")];
    private static readonly IPAddress[] Own = [IPAddress.Loopback];
    private static readonly CanonicalHost Host = CanonicalHost.TryParse("api.test")!;
    private static readonly EgressAsk Ask = new("https", "GET", "api.test", 443);

    [Theory]
    [InlineData("", true)]
    [InlineData("port", false)]
    [InlineData("host", false)]
    [InlineData("profile", false)]
    [InlineData("answer", false)]
    [InlineData("no answer", false)]
    [InlineData("own addresses", false)]
    public void Decision_IsRecalled_OnlyForTheSameInputs(string changed, bool isRecalled)
    {
        var profile = NewProfile();
        var kept = new AllowedHosts();
        kept.Keep(Allowed(profile), Answer, Own);

        var recalled = kept.Recall(
            changed == "port" ? Ask with { Port = 8443 } : Ask,
            changed == "host" ? CanonicalHost.TryParse("other.test")! : Host,
            changed == "profile" ? NewProfile() : profile,
            changed switch { "answer" => [.. Answer], "no answer" => null, _ => Answer },
            changed == "own addresses" ? [.. Own] : Own);

        Assert.Equal(isRecalled, recalled is not null);
    }

    [Fact]
    public void AnotherMethod_HasTheSameDecision_UnderItsOwnName()
    {
        var profile = NewProfile();
        var kept = new AllowedHosts();
        kept.Keep(Allowed(profile), Answer, Own);

        var recalled = kept.Recall(Ask with { Method = "POST" }, Host, profile, Answer, Own);

        Assert.Equal(("POST", Answer[0]), (recalled?.Ask.Method, recalled?.Addresses[0]));
    }

    [Fact]
    public void RefusalsAndTheOperatorsWord_AreNotKept()
    {
        var profile = NewProfile();
        var kept = new AllowedHosts();

        kept.Keep(Allowed(profile).Refuse(ReasonCode.AddressPrivate), Answer, Own);
        kept.Keep(Allowed(profile) with { Asked = "once" }, Answer, Own);

        Assert.Null(kept.Recall(Ask, Host, profile, Answer, Own));
    }

    private static Judgement Allowed(Profile profile)
    {
        var rule = HostQuestions.Grant(Host, Ask.Port, "api.test:443");
        return new Judgement(Ask, Decision.Allow(rule.Rule), Host, rule, Answer) { Under = profile };
    }

    private static Profile NewProfile() =>
        PolicyParser.Parse("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n    egress: [{ host: api.test }]\n", "p").Document!.Profiles["p"];
}
