using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Tests.Egress;

public sealed class EgressPolicyTests
{
    private static readonly Profile Profile = Make.Profile() with
    {
        Egress =
        [
            Make.Egress("api.example.com", [443, 8443], at: 0),
            Make.Egress("*.example.org", [443], at: 1),
            Make.Egress("api.example.com", [80], at: 2),
            Make.Egress("127.0.0.1", [8080], allowPrivate: true, at: 3),
            Make.Egress("2001:db8::1", [443], at: 4),
            Make.Egress("198.18.0.0/15", [443], at: 5),
            Make.Egress("fd00:1::/32", [443], at: 6),
        ],
    };

    [Theory]
    [InlineData("api.example.com", 443, ReasonCode.AllowedByRule, "egress[0]")]
    [InlineData("API.Example.COM.", 8443, ReasonCode.AllowedByRule, "egress[0]")]
    [InlineData("api.example.com", 80, ReasonCode.AllowedByRule, "egress[2]")]
    [InlineData("api.example.com", 444, ReasonCode.PortNotAllowed, "egress[0]")]
    [InlineData("api.example.com", 0, ReasonCode.PortNotAllowed, null)]
    [InlineData("api.example.com", -1, ReasonCode.PortNotAllowed, null)]
    [InlineData("api.example.com", 65536, ReasonCode.PortNotAllowed, null)]
    [InlineData("example.com", 443, ReasonCode.NoRule, null)]
    [InlineData("x.api.example.com", 443, ReasonCode.NoRule, null)]
    [InlineData("api.example.com.evil.net", 443, ReasonCode.NoRule, null)]
    [InlineData("notapi.example.com", 443, ReasonCode.NoRule, null)]
    [InlineData("a.example.org", 443, ReasonCode.AllowedByRule, "egress[1]")]
    [InlineData("a.b.example.org", 443, ReasonCode.AllowedByRule, "egress[1]")]
    [InlineData("example.org", 443, ReasonCode.NoRule, null)]
    [InlineData("evilexample.org", 443, ReasonCode.NoRule, null)]
    [InlineData("127.0.0.1", 8080, ReasonCode.AllowedByRule, "egress[3]")]
    [InlineData("[::ffff:127.0.0.1]", 8080, ReasonCode.AllowedByRule, "egress[3]")]
    [InlineData("127.0.0.2", 8080, ReasonCode.NoRule, null)]
    [InlineData("[2001:DB8:0::1]", 443, ReasonCode.AllowedByRule, "egress[4]")]
    [InlineData("198.18.0.0", 443, ReasonCode.AllowedByRule, "egress[5]")]
    [InlineData("198.19.255.255", 443, ReasonCode.AllowedByRule, "egress[5]")]
    [InlineData("[::ffff:198.18.0.1]", 443, ReasonCode.AllowedByRule, "egress[5]")]
    [InlineData("198.19.255.255", 80, ReasonCode.PortNotAllowed, "egress[5]")]
    [InlineData("198.17.255.255", 443, ReasonCode.NoRule, null)]
    [InlineData("198.20.0.0", 443, ReasonCode.NoRule, null)]
    [InlineData("[fd00:1:ffff::1]", 443, ReasonCode.AllowedByRule, "egress[6]")]
    [InlineData("[fd00:2::1]", 443, ReasonCode.NoRule, null)]
    public void Connect_HostAndPort_AreJudgedTogether(string host, int port, ReasonCode reason, string? rule)
    {
        var decision = EgressPolicy.Decide(Profile, CanonicalHost.TryParse(host)!, port);

        Assert.Equal((reason, rule), (decision.Reason, decision.Rule?.Path));
        Assert.Equal(reason == ReasonCode.AllowedByRule, decision.IsAllowed);
        Assert.Equal(rule, EgressPolicy.RuleOf(Profile, decision)?.Rule.Path);
    }
}
