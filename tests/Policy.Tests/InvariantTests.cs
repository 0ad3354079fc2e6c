using System.Net;
using System.Text.RegularExpressions;
using CsCheck;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Explaining;
using SecureAgent.Policy.Files;
using SecureAgent.Policy.Inference;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.Policy.Tests;

/// <summary>Invariants 1 and 5 of the house: deny is the zero value, and a decision is a value.</summary>
public sealed class InvariantTests
{
    private static readonly Profile Empty = PolicyParser.Parse("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles: { p: {} }\n", "p.yaml").Document!.Profiles["p"];

    [Fact]
    public void DefaultDecision_Denies()
    {
        Decision decision = default;

        Assert.False(decision.IsAllowed);
        Assert.Equal((Verdict.Deny, ReasonCode.NoRule), (decision.Verdict, decision.Reason));
        Assert.True(decision.IsDefault);
        Assert.False(new Decision((Verdict)99, ReasonCode.AllowedByRule, null).IsAllowed);
    }

    [Fact]
    public void EnumsThatGrant_HaveDenyAsZero()
    {
        Assert.Equal(0, (int)Verdict.Deny);
        Assert.Equal(0, (int)ReasonCode.NoRule);
        Assert.Equal(0, (int)FileAccessMode.None);
    }

    [Fact]
    public void EmptyProfile_DeniesWhateverIsAsked() =>
        Gen.Select(Gen.String, Gen.Int[-1, 70000], Gen.Enum<FileOperation>()).Sample((text, port, operation) =>
        {
            var host = CanonicalHost.TryParse(text) ?? new CanonicalHost("example.com", null);
            Decision[] decisions =
            [
                FilePolicy.Decide(Empty.Files, text, operation),
                FilePolicy.DecideDirectory(Empty.Files, text),
                EgressPolicy.Decide(Empty, host, port),
                InferenceRules.DecideModel(Empty, text),
                InferenceRules.DecideTokens(Empty, 0),
                SecretPolicy.Decide(Empty, new SecretRequest("egress-proxy", text, host.Name, port, "GET")),
                SecretPolicy.Decide(Empty, new SecretRequest("inference-gateway", text, host.Name, port, "GET")),
                PolicyExplainer.File(Empty, text).Decision,
                PolicyExplainer.Connect(Empty, text).Decision,
                PolicyExplainer.Secret(Empty, text).Decision,
            ];
            return decisions.All(decision => !decision.IsAllowed && decision.Verdict == Verdict.Deny);
        });

    [Fact]
    public void EmptyLists_AllowNothing()
    {
        var profile = Make.Profile() with { Files = [Make.Grant([])], Inference = Make.Inference(1000), Egress = [Make.Egress("example.com", [])] };

        Assert.False(FilePolicy.Decide(profile.Files, "a", FileOperation.Read).IsAllowed);
        Assert.False(FilePolicy.DecideDirectory(profile.Files, "").IsAllowed);
        Assert.False(InferenceRules.DecideModel(profile, "any").IsAllowed);
        Assert.False(EgressPolicy.Decide(profile, CanonicalHost.TryParse("example.com")!, 443).IsAllowed);
        Assert.False(SecretPolicy.Decide(
            profile with { Secrets = [Make.Secret("s", "example.com") with { Methods = [] }] },
            new SecretRequest("inference-gateway", "s", "example.com", 443, "GET")).IsAllowed);
    }

    [Fact]
    public void DenyRules_ComeBeforeAllowRules_InEveryOrder()
    {
        var deny = Make.Grant([], ["**/x"], at: 0);
        var allow = Make.Grant(["**"], at: 1);

        Assert.Equal(ReasonCode.DeniedByRule, FilePolicy.Decide([deny, allow], "a/x", FileOperation.Read).Reason);
        Assert.Equal(ReasonCode.DeniedByRule, FilePolicy.Decide([allow, deny], "a/x", FileOperation.Read).Reason);
        Assert.True(FilePolicy.Decide([allow], "a/x", FileOperation.Read).IsAllowed);
    }

    [Fact]
    public void Allowance_NamesTheRuleThatDecided_AndDenialsTheReason() =>
        Gen.Select(Gen.OneOf("a", "b/x", "c.pem", ".h", "..", "b"), Gen.OneOf("a.com", "b.com", "10.0.0.1"), Gen.OneOf(80, 443)).Sample((path, host, port) =>
        {
            var profile = Make.Profile() with { Files = [Make.Grant(["a", "b/**", "*.pem"], ["*.pem"])], Egress = [Make.Egress("a.com"), Make.Egress("10.0.0.1", [80], at: 1)] };
            Decision[] decisions =
            [
                FilePolicy.Decide(profile.Files, path, FileOperation.Read),
                EgressPolicy.Decide(profile, CanonicalHost.TryParse(host)!, port),
                AddressPolicy.Decide(profile.Egress[0], IPAddress.Parse("10.0.0.1"), []),
            ];
            return decisions.All(decision => decision.IsAllowed == (decision.Reason == ReasonCode.AllowedByRule) && (!decision.IsAllowed || decision.Rule is not null));
        });

    [Fact]
    public void Decision_IsAValue() => Assert.Equal(
        Decision.Deny(ReasonCode.DeniedByRule, new RuleRef("files[0]", "x", 3)), Decision.Deny(ReasonCode.DeniedByRule, new RuleRef("files[0]", "x", 3)));

    [Fact]
    public void ReasonCodes_HaveStableDistinctNames()
    {
        var names = Enum.GetValues<ReasonCode>().Select(code => code.Name()).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches(new Regex("^[a-z]+(_[a-z]+)*$"), name));
        Assert.All(Enum.GetValues<ReasonCode>(), code => Assert.True(ReasonCodes.TryParse(code.Name(), out var again) && again == code));
        Assert.False(ReasonCodes.TryParse("allowed", out var unknown));
        Assert.Equal(ReasonCode.NoRule, unknown);
    }

    [Fact]
    public void Library_ReachesNoClockNoDiskAndNoNetwork()
    {
        var referenced = typeof(Decision).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
        string[] forbidden = ["System.Net.Sockets", "System.Net.Http", "System.IO.FileSystem", "System.Diagnostics.Process", "Microsoft.AspNetCore"];

        Assert.DoesNotContain(referenced, name => forbidden.Any(word => name.StartsWith(word, StringComparison.Ordinal)));
        Assert.DoesNotContain(referenced, name => name.StartsWith("SecureAgent.", StringComparison.Ordinal));
    }
}
