using System.Globalization;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Tests.Judging;

/// <summary>What an agent may say in names below a wildcard.</summary>
public sealed class WildcardNamesTests
{
    private const string Rules = """
        - { host: origin.test, ports: [HTTP], allowPrivate: true }
        - { host: "*.wild.test", ports: [HTTP], allowPrivate: true }
        """;

    [Fact]
    public async Task Characters_UsedUp_RefuseNewNamesBeforeTheyAreLookedUp()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, settings: ("EgressProxy:WildcardCharacters", "64"));
        var (first, second) = ($"{new string('a', 40)}.wild.test", $"{new string('b', 40)}.wild.test");
        proxy.Resolver.Answer(first, ["127.0.0.1"]);

        var statuses = new List<int>();
        foreach (var host in new[] { first, second, first, "origin.test" })
        {
            var authority = string.Create(CultureInfo.InvariantCulture, $"{host}:{proxy.Origin.HttpPort}");
            statuses.Add(ProxyUnderTest.StatusOf(await proxy.SendRawAsync($"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n", finish: false)));
        }

        Assert.Equal([200, 429, 200, 200], statuses);
        Assert.Equal(["allowed_by_rule", "budget_exceeded", "allowed_by_rule", "allowed_by_rule"], proxy.Decisions().Select(record => record.Reason));
        Assert.Equal([first, "origin.test"], proxy.Resolver.Queries);
    }

    [Fact]
    public void NewNames_TooMany_WaitForTheNextMinute()
    {
        var clock = new Clock();
        var names = new WildcardNames(new EgressProxyOptions { WildcardNamesPerMinute = 2 }, clock);

        Assert.Equal([null, null, ReasonCode.RateLimited, null], new[] { "a", "b", "c", "a" }.Select(label => Ask(names, $"{label}.wild.test")));
        clock.Now += TimeSpan.FromMinutes(1);
        Assert.Null(Ask(names, "c.wild.test"));
    }

    [Fact]
    public void Characters_AreCountedBelowTheWildcardOnly_AndOfNewNamesOnly()
    {
        var names = new WildcardNames(new EgressProxyOptions { WildcardCharacters = 64 }, new Clock());

        Assert.Equal(
            [null, null, null, ReasonCode.BudgetExceeded, null],
            new[] { $"{new string('a', 30)}.{new string('a', 31)}", "b", "b", "cc", "d" }.Select(labels => Ask(names, $"{labels}.wild.test")));
    }

    private static ReasonCode? Ask(WildcardNames names, string host)
    {
        var profile = PolicyParser.Parse("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n    egress:\n      - { host: \"*.wild.test\" }\n", "policy").Document!.Profiles["p"];
        return names.Refusal(profile.Egress[0], CanonicalHost.TryParse(host)!);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
