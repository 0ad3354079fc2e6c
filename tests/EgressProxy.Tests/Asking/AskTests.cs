using Grpc.Core;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.EgressProxy.Asking;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Tests.Asking;

/// <summary><c>ask: [egress]</c>: a destination that no rule names waits for the operator, and for nothing else.</summary>
public sealed class AskTests
{
    private const string Rules = "- { host: origin.test, ports: [HTTP], allowPrivate: true }";

    // What the operator's word opens is never a private address; here that is what shows that the word was heard.
    [Theory]
    [InlineData(AnswerVerdict.Once, "address_of_host", "once", null)]
    [InlineData(AnswerVerdict.Session, "address_of_host", "session", "address_of_host")]
    [InlineData(AnswerVerdict.Deny, "denied_by_operator", "denied", "denied_by_operator")]
    [InlineData(AnswerVerdict.Unspecified, "denied_by_operator", "denied", "denied_by_operator")]
    public async Task Host_ThatNoRuleNames_IsHeldUntilTheOperatorAnswers(AnswerVerdict verdict, string reason, string asked, string? again)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "ask: [egress]");
        proxy.Resolver.Answer("asked.test", ["127.0.0.1"]);
        var control = new GateControl.GateControlClient(proxy.Component.Control);
        using var watch = control.Watch(new WatchRequest());

        var answer = ConnectAsync(proxy, "asked.test:443");
        var question = await NextAsync(watch);
        Assert.Empty(proxy.Decisions());
        await control.AnswerAsync(new AnswerRequest { SessionId = question.SessionId, QuestionId = question.Id, Verdict = verdict });

        Assert.Equal(reason, ReasonOf(await answer));
        Assert.Equal(("s-test", "egress", "asked.test:443"), (question.SessionId, question.Plane, question.Subject));
        Assert.Equal((reason, asked), (proxy.Decisions()[^1].Reason, proxy.Decisions()[^1].Facts["asked"]));
        Assert.Equal(reason == "address_of_host", proxy.Component.Records().Any(record => record.Kind == "name.resolve"));
        if (again is not null)
        {
            Assert.Equal(again, ReasonOf(await ConnectAsync(proxy, "asked.test:443")));
        }

        var error = await Assert.ThrowsAsync<RpcException>(async () => await control.AnswerAsync(
            new AnswerRequest { SessionId = question.SessionId, QuestionId = question.Id, Verdict = verdict }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task Host_OfNoAnswer_IsDeniedWhenItsTimeIsOver()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "ask: [egress]", ("EgressProxy:AskTimeout", "00:00:00.1"));

        Assert.Equal("ask_timed_out", ReasonOf(await ConnectAsync(proxy, "asked.test:443")));

        Assert.DoesNotContain(proxy.Component.Records(), record => record.Kind == "name.resolve");
        Assert.Equal(["egress.asked", "decision"], proxy.Component.Records().Where(record => record.Subject == "asked.test:443").Select(record => record.Kind));
    }

    [Fact]
    public async Task Host_ThatAChangedPolicyNames_GoesOn_WithoutAnAnswer_AndIsAskedOnceForAllWhoWait()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "ask: [egress]");
        proxy.Resolver.Answer("asked.test", ["127.0.0.1"]);
        using var watch = new GateControl.GateControlClient(proxy.Component.Control).Watch(new WatchRequest());
        var authority = $"asked.test:{proxy.Origin.HttpPort}";
        var ask = () => proxy.SendRawAsync($"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n", finish: false);

        var (one, other) = (ask(), ask());
        await NextAsync(watch);
        await proxy.Component.ChangePolicyAsync(proxy.Policy(Rules.Replace("origin.test", "asked.test", StringComparison.Ordinal), "ask: [egress]"));

        Assert.Equal((200, 200), (ProxyUnderTest.StatusOf(await one), ProxyUnderTest.StatusOf(await other)));
        Assert.Equal(2, proxy.Origin.Requests.Count);
    }

    [Theory]
    [InlineData("ask: [egress]", "169.254.169.254:80", "no_rule")]
    [InlineData("ask: [egress]", "127.0.0.1:1", "no_rule")]
    [InlineData("ask: []", "asked.test:443", "no_rule")]
    public async Task Destination_ThatNoAnswerCouldOpen_IsNotAsked(string ask, string target, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, ask);

        Assert.Equal(reason, ReasonOf(await ConnectAsync(proxy, target)));

        Assert.DoesNotContain(proxy.Component.Records(), record => record.Kind == "egress.asked");
    }

    [Theory]
    [InlineData("egress: []", "ask: [egress]", true)]
    [InlineData("egress: []", "ask: []", false)]
    [InlineData("egress: [{ host: asked.test, opaque: true }]", "ask: [egress]", false)]
    public void Flow_OfTheOperatorsWord_IsCut_WhenThePolicyNoLongerAsks(string egress, string ask, bool lives)
    {
        var host = CanonicalHost.TryParse("asked.test")!;
        var rule = HostQuestions.Grant(host, 443, "asked.test:443");
        var judgement = new Judgement(new EgressAsk("connect", "CONNECT", "asked.test", 443), Decision.Allow(rule.Rule), host, rule, []);
        var profile = PolicyParser.Parse($"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n    {egress}\n    {ask}\n", "p").Document!.Profiles["p"];

        using var flow = new LiveFlows(() => profile).Track(judgement, () => { });

        Assert.Equal(!lives, flow.IsCut);
    }

    [Fact]
    public async Task Questions_OfOneSession_AreBounded()
    {
        var hosts = new AskedHosts();
        var held = new TaskCompletionSource<HostAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 16).Select(at => hosts.AskAsync($"h{at}", () => held.Task)).ToList();

        Assert.Equal("too_many", (await hosts.AskAsync("h16", () => held.Task)).Word);
        Assert.Same(asked[0], hosts.AskAsync("h0", () => held.Task));
        held.SetResult(new HostAnswer("once", null));
        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal("once", answer.Word));
    }

    private static async Task<Question> NextAsync(AsyncServerStreamingCall<GateEvent> watch)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.True(await watch.ResponseStream.MoveNext(limit.Token));
        return watch.ResponseStream.Current.Question;
    }

    private static Task<string> ConnectAsync(ProxyUnderTest proxy, string target) => proxy.SendRawAsync($"CONNECT {target} HTTP/1.1\r\n\r\n");

    private static string? ReasonOf(string answer) => ProxyUnderTest.ErrorOf(answer).GetProperty("reason").GetString();
}
