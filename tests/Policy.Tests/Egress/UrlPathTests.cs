using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Tests.Egress;

public sealed class UrlPathTests
{
    [Theory]
    [InlineData("/", "")]
    [InlineData("/a", "a")]
    [InlineData("/a/", "a")]
    [InlineData("/%61%2Db", "a-b")]
    [InlineData("/a;v=1/b", "a;v=1/b")]
    [InlineData("/a/...", "a/...")]
    [InlineData("/100%25", "100%")]
    [InlineData("/%C3%A9", "é")]
    [InlineData("/%3F%23", "?#")]
    public void Path_WithOneReading_HasIt(string path, string canonical) => Assert.Equal(canonical, UrlPath.TryCanonical(path));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("*")]
    [InlineData("//")]
    [InlineData("//a")]
    [InlineData("/a//b")]
    [InlineData("/a//")]
    [InlineData("/.")]
    [InlineData("/a/../b")]
    [InlineData("/a/..")]
    [InlineData("/a/%2e%2E/b")]
    [InlineData("/a/.%2e/b")]
    [InlineData("/a/..;/b")]
    [InlineData("/a/..;x=1/b")]
    [InlineData("/a/;x/b")]
    [InlineData("/a%2fb")]
    [InlineData("/a%5Cb")]
    [InlineData("/a\\b")]
    [InlineData("/a%252e%252e/b")]
    [InlineData("/a%25%32%65/b")]
    [InlineData("/a%00")]
    [InlineData("/a%0a")]
    [InlineData("/a%7F")]
    [InlineData("/a%")]
    [InlineData("/a%2")]
    [InlineData("/a%zz")]
    [InlineData("/a%c0%ae")]
    [InlineData("/a%ff")]
    [InlineData("/a b")]
    [InlineData("/a#b")]
    [InlineData("/é")]
    public void Path_WithTwoReadings_HasNone(string path) => Assert.Null(UrlPath.TryCanonical(path));

    [Theory]
    [InlineData("/v1/**", "/v1", true)]
    [InlineData("/v1/**", "/v1/a/b", true)]
    [InlineData("/v1/**", "/v1x", false)]
    [InlineData("/v1/*", "/v1/a", true)]
    [InlineData("/v1/*", "/v1/", false)]
    [InlineData("/v1/*", "/v1/a/b", false)]
    [InlineData("/v1/", "/v1", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/**", "/", true)]
    [InlineData("/A", "/a", false)]
    [InlineData("/%61", "/a", false)]
    [InlineData("/{a,b}/c", "/b/c", true)]
    public void Pattern_OverACanonicalPath_IsExact(string pattern, string path, bool matches)
    {
        var rule = Rule($"methods: [GET], paths: ['{pattern}']");

        Assert.Equal(matches ? ReasonCode.AllowedByRule : ReasonCode.PathNotAllowed, InspectPolicy.Decide(rule, "GET", path, null).Reason);
    }

    [Theory]
    [InlineData("GET", "/a", null, ReasonCode.AllowedByRule)]
    [InlineData("GET", "/a", "websocket", ReasonCode.AllowedByRule)]
    [InlineData("GET", "/a", "other", ReasonCode.UpgradeNotAllowed)]
    [InlineData("POST", "/a", null, ReasonCode.MethodNotAllowed)]
    [InlineData("get", "/a", null, ReasonCode.MethodNotAllowed)]
    [InlineData("GET", "/b", null, ReasonCode.PathNotAllowed)]
    [InlineData("GET", "/x/../a", null, ReasonCode.PathInvalid)]
    public void Request_IsJudgedByMethodUpgradeAndPath(string method, string path, string? upgrade, ReasonCode reason) =>
        Assert.Equal(reason, InspectPolicy.Decide(Rule("methods: [GET], paths: [/a], upgrades: [websocket]"), method, path, upgrade).Reason);

    [Theory]
    [InlineData("headers: [x-a, 'y-*']", "X-A y-1 Y- host content-length sec-websocket-key", "x-ab x cookie content-type sec-websocket-protocol")]
    [InlineData("stripHeaders: [x-a, 'y-*']", "x-ab cookie Y", "X-a y-1 Y-")]
    [InlineData("headers: ['x-*'], stripHeaders: [x-a]", "x-b", "x-a")]
    [InlineData("headers: []", "Host Transfer-Encoding :path", "x-a accept")]
    [InlineData("stripHeaders: ['h*', '*']", "x-a host", "hello", 1)]
    public void Fields_GoOut_AsTheRuleListsThem(string keys, string goOut, string stay, int errors = 0)
    {
        var parsed = Parse($"methods: [GET], paths: [/a], {keys}", "");

        Assert.Equal(errors, parsed.Errors.Count);
        if (parsed.Document?.Profiles["p"].Egress[0].Inspect is { } rule)
        {
            Assert.All(goOut.Split(' '), name => Assert.True(HeaderFields.GoesOut(rule, name), name));
            Assert.All(stay.Split(' '), name => Assert.False(HeaderFields.GoesOut(rule, name), name));
        }
    }

    [Fact]
    public void Opaque_AndInspect_ExcludeEachOther()
    {
        var errors = Parse("methods: [GET], paths: [/a]", ", opaque: true").Errors;

        Assert.Contains("exclude each other", Assert.Single(errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pattern_ThatIsNone_IsReportedWhereItStands()
    {
        var errors = Parse("methods: [GET], paths: [/a**b]", "").Errors;

        Assert.Contains("'/a**b', character 2", Assert.Single(errors).ToString(), StringComparison.Ordinal);
    }

    private static EgressRule Rule(string inspect) => Parse(inspect, "").Document!.Profiles["p"].Egress[0];

    private static PolicyParseResult Parse(string inspect, string more) => PolicyParser.Parse(
        $"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n    egress:\n      - {{ host: a.com, inspect: {{ {inspect} }}{more} }}\n", "policy");
}
