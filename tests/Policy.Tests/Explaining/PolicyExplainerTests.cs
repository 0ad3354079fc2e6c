using SecureAgent.Policy.Document;
using SecureAgent.Policy.Explaining;

namespace SecureAgent.Policy.Tests.Explaining;

public sealed class PolicyExplainerTests
{
    private static readonly Profile Profile = PolicyParser.Parse(
        """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          p:
            files:
              - root: ${workspace}
                allow: ["**"]
                deny:
                  - "**/*.key"
                  - "**/.env"
            egress:
              - { host: api.example.com, ports: [80], inject: key }
              - { host: 127.0.0.1, ports: [8080], allowPrivate: true }
            secrets:
              key: { embedded: key, deliver: { header: x-api-key, host: api.example.com, methods: [POST] } }
              idle: { embedded: idle, deliver: { header: x-api-key, host: b.example.com } }
        """,
        "p.yaml").Document!.Profiles["p"];

    [Theory]
    [InlineData("a.txt", "allow allowed_by_rule: file a.txt by files[0].allow[0] (line 7): ** [size, kind and links are judged once the file is open]")]
    [InlineData("a/B.KEY", "deny denied_by_rule: file a/B.KEY by files[0].deny[0] (line 9): **/*.key")]
    [InlineData(".env", "deny denied_by_rule: file .env by files[0].deny[1] (line 10): **/.env")]
    [InlineData("../x", "deny path_escapes: file ../x by no rule of profile p")]
    public void File_NamesVerdictReasonRuleAndLine(string path, string expected) => Assert.Equal(expected, PolicyExplainer.File(Profile, path).Text);

    [Theory]
    [InlineData("API.example.com:80", "allow allowed_by_rule: connect API.example.com:80 by egress[0] (line 12): ")]
    [InlineData("api.example.com:443", "deny port_not_allowed: connect api.example.com:443 by egress[0] (line 12): ")]
    [InlineData("other.example.com:80", "deny no_rule: connect other.example.com:80 by no rule of profile p")]
    [InlineData("127.0.0.1:8080", "allow allowed_by_rule: connect 127.0.0.1:8080 by egress[1] (line 13): ")]
    [InlineData("127.1:8080", "deny host_invalid: connect 127.1:8080 by no rule of profile p [a target is HOST:PORT, as in api.example.com:443]")]
    [InlineData("::1:8080", "deny host_invalid: ")]
    [InlineData("example.com", "deny host_invalid: ")]
    public void Connect_NamesVerdictReasonRuleAndLine(string target, string expected) => Assert.StartsWith(expected, PolicyExplainer.Connect(Profile, target).Text);

    [Theory]
    [InlineData("key", "allow allowed_by_rule: secret key by secrets.key (line 15): ")]
    [InlineData("idle", "deny caller_not_allowed: secret idle by secrets.idle (line 16): ")]
    [InlineData("none", "deny secret_unknown: secret none by no rule of profile p")]
    public void Secret_NamesVerdictReasonRuleAndLine(string name, string expected) => Assert.StartsWith(expected, PolicyExplainer.Secret(Profile, name).Text);

    [Fact]
    public void Explanation_OfHostileText_StaysOnOneLineWithoutControls()
    {
        var text = PolicyExplainer.File(Profile, "a\n\u001b[2J\u202eb").Text;
        Assert.DoesNotContain(text, unit => char.IsControl(unit) || unit == '\u202e');
    }
}
