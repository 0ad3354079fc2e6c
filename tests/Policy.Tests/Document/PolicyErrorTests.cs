using CsCheck;
using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Tests.Document;

public sealed class PolicyErrorTests
{
    private const string Head = "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n";

    /// <summary>One fault in one line of a profile (line 5), and what the message must name: field, value, mend.</summary>
    [Theory]
    [InlineData("    sandbx: {}", 5, "profiles.p", "sandbx", "did you mean 'sandbox'?")]
    [InlineData("    sandbox: { memroy: 1GiB }", 16, "profiles.p.sandbox", "memroy", "did you mean 'memory'?")]
    [InlineData("    sandbox: { Memory: 1GiB }", 16, "profiles.p.sandbox", "Memory", "did you mean 'memory'?")]
    [InlineData("    sandbox: { zzz: 1 }", 16, "profiles.p.sandbox", "zzz", "use one of: driver, cpu")]
    [InlineData("    sandbox: [a]", 14, "profiles.p.sandbox", "a list", "must be a mapping of driver")]
    [InlineData("    sandbox:", 13, "profiles.p.sandbox", "nothing", "must be a mapping")]
    [InlineData("    sandbox: { memory: 10 }", 24, "profiles.p.sandbox.memory", "'10'", "10MiB")]
    [InlineData("    sandbox: { memory: 10M }", 24, "profiles.p.sandbox.memory", "'10M'", "10MiB")]
    [InlineData("    sandbox: { memory: 10mib }", 24, "profiles.p.sandbox.memory", "'10mib'", "MiB")]
    [InlineData("    sandbox: { memory: -1GiB }", 24, "profiles.p.sandbox.memory", "'-1GiB'", "whole number")]
    [InlineData("    sandbox: { memory: 1.5GiB }", 24, "profiles.p.sandbox.memory", "'1.5GiB'", "whole number")]
    [InlineData("    sandbox: { memory: 63MiB }", 24, "profiles.p.sandbox.memory", "63MiB is out of range", "64MiB to 1TiB")]
    [InlineData("    sandbox: { memory: 2TiB }", 24, "profiles.p.sandbox.memory", "2TiB is out of range", "64MiB to 1TiB")]
    [InlineData("    sandbox: { memory: 999999999999999TiB }", 24, "profiles.p.sandbox.memory", "out of range", "64MiB to 1TiB")]
    [InlineData("    sandbox: { memory: }", 24, "profiles.p.sandbox.memory", "has no value", "remove the key")]
    [InlineData("    sandbox: { memory: [1GiB] }", 24, "profiles.p.sandbox.memory", "is a list", "10MiB")]
    [InlineData("    sandbox: { wallClock: 30 }", 27, "profiles.p.sandbox.wallClock", "'30'", "30m")]
    [InlineData("    sandbox: { wallClock: 1d }", 27, "profiles.p.sandbox.wallClock", "'1d'", "(ms, s, m, h)")]
    [InlineData("    sandbox: { wallClock: 999ms }", 27, "profiles.p.sandbox.wallClock", "999ms is out of range", "1s to 24h")]
    [InlineData("    sandbox: { wallClock: 25h }", 27, "profiles.p.sandbox.wallClock", "25h is out of range", "1s to 24h")]
    [InlineData("    sandbox: { cpu: 0 }", 21, "profiles.p.sandbox.cpu", "0 is out of range", "0.1 to 64")]
    [InlineData("    sandbox: { cpu: lots }", 21, "profiles.p.sandbox.cpu", "'lots'", "number")]
    [InlineData("    sandbox: { pids: 1.5 }", 22, "profiles.p.sandbox.pids", "1.5 is out of range", "whole number")]
    [InlineData("    sandbox: { pids: \"256\" }", 22, "profiles.p.sandbox.pids", "'256'", "without quotes")]
    [InlineData("    sandbox: { driver: bubblewarp }", 24, "profiles.p.sandbox.driver", "'bubblewarp'", "did you mean 'bubblewrap'?")]
    [InlineData("    sandbox: { cpu: 1, cpu: 2 }", 24, "profiles.p.sandbox.cpu", "twice, first on line 5", "keep one")]
    [InlineData("    mcpServers: { docs: {} }", 25, "profiles.p.mcpServers.docs", "'command' is missing", "add it")]
    [InlineData("    mcpServers: { docs: { command: [] } }", 36, "profiles.p.mcpServers.docs.command", "is empty", "name at least one")]
    [InlineData("    mcpServers: { Docs: { command: [x] } }", 19, "profiles.p.mcpServers.Docs", "'Docs'", "lower-case")]
    [InlineData("    mcpServers: { docs: { command: [x], mcpServers: {} } }", 41, "profiles.p.mcpServers.docs", "unknown key 'mcpServers'", "use one of")]
    [InlineData("    mcpServers: { docs: { command: [x], egress: [{ host: \"*\" }] } }", 58, "profiles.p.mcpServers.docs.egress[0].host", "every host", "*.example.com")]
    [InlineData("    sandbox: { tools: [relative] }", 24, "profiles.p.sandbox.tools[0]", "'relative'", "absolute path")]
    [InlineData("    sandbox: { tools: [/etc/tools] }", 23, "profiles.p.sandbox.tools", "'/etc/tools' and /etc", "/opt/NAME")]
    [InlineData("    sandbox: { environment: { 1A: x } }", 31, "profiles.p.sandbox.environment.1A", "'1A'", "not beginning with a digit")]
    [InlineData("    sandbox: { environment: { SECUREAGENT_SESSION: x } }", 31, "profiles.p.sandbox.environment.SECUREAGENT_SESSION", "SECUREAGENT_SESSION", "or SECUREAGENT_")]
    [InlineData("    sandbox: { environment: { A: 1 } }", 34, "profiles.p.sandbox.environment.A", "1 is read as a number", "write \"1\"")]
    [InlineData("    sandbox: { home: { ../x: y } }", 24, "profiles.p.sandbox.home.../x", "'../x'", "relative path without")]
    [InlineData("    sandbox: { home: { /etc/x: y } }", 24, "profiles.p.sandbox.home./etc/x", "'/etc/x'", "relative path without")]
    [InlineData("    sandbox: { home: { a: y, a/b: z } }", 22, "profiles.p.sandbox.home", "'a' is a file and the directory", "choose one")]
    [InlineData("    files: { root: x }", 12, "profiles.p.files", "a mapping", "must be a list")]
    [InlineData("    files: [{ allow: [\"**\"] }]", 13, "profiles.p.files[0]", "'root' is missing", "add it")]
    [InlineData("    files: [{ root: relative }]", 21, "profiles.p.files[0].root", "'relative'", "absolute path")]
    [InlineData("    files: [{ root: /a/../b }]", 21, "profiles.p.files[0].root", "'/a/../b'", "without '.'")]
    [InlineData("    files: [{ root: /a, allow: \"**\" }]", 32, "profiles.p.files[0].allow", "'**'", "write [**]")]
    [InlineData("    files: [{ root: /a, allow: [\"a**\"] }]", 33, "profiles.p.files[0].allow[0]", "'a**', character 1", "must stand alone")]
    [InlineData("    files: [{ root: /a, deny: [\"x[\"] }]", 32, "profiles.p.files[0].deny[0]", "'x[', character 2", "never closed")]
    [InlineData("    files: [{ root: /a, allow: [a, a] }]", 36, "profiles.p.files[0].allow[1]", "'a' is listed twice", "remove one")]
    [InlineData("    files: [{ root: /a, allow: [1] }]", 33, "profiles.p.files[0].allow[0]", "1 is read as a number", "write \"1\"")]
    [InlineData("    files: [{ root: /a, access: reed }]", 33, "profiles.p.files[0].access", "'reed'", "did you mean 'read'?")]
    [InlineData("    files: [{ root: /a, access: none }]", 33, "profiles.p.files[0].access", "'none'", "read, propose, write")]
    [InlineData("    files: [{ root: /a, hidden: yes }]", 33, "profiles.p.files[0].hidden", "'yes'", "true or false")]
    [InlineData("    files: [{ root: /a, hardLinks: true }]", 36, "profiles.p.files[0].hardLinks", "'true'", "refuse, allow")]
    [InlineData("    egress: [{ ports: [443] }]", 14, "profiles.p.egress[0]", "'host' is missing", "add it")]
    [InlineData("    egress: [{ host: \"https://a.com\" }]", 22, "profiles.p.egress[0].host", "'https://a.com' is a URL", "host alone")]
    [InlineData("    egress: [{ host: \"a.com:443\" }]", 22, "profiles.p.egress[0].host", "'a.com:443' is not a host", "without port")]
    [InlineData("    egress: [{ host: \"*\" }]", 22, "profiles.p.egress[0].host", "every host", "*.example.com")]
    [InlineData("    egress: [{ host: \"*.com\" }]", 22, "profiles.p.egress[0].host", "top-level", "two labels")]
    [InlineData("    egress: [{ host: \"a.*.com\" }]", 22, "profiles.p.egress[0].host", "'a.*.com'", "whole first label")]
    [InlineData("    egress: [{ host: \"*.1.2.3.4\" }]", 22, "profiles.p.egress[0].host", "wildcard before an address", "address alone")]
    [InlineData("    egress: [{ host: \"127.1\" }]", 22, "profiles.p.egress[0].host", "'127.1'", "dotted-quad")]
    [InlineData("    egress: [{ host: \"10.0.0.1\" }]", 22, "profiles.p.egress[0].host", "10.0.0.1 is a private address", "allowPrivate: true")]
    [InlineData("    egress: [{ host: \"169.254.169.254\", allowPrivate: true }]", 22, "profiles.p.egress[0].host", "metadata", "remove the rule")]
    [InlineData("    egress: [{ host: \"0.0.0.0\", allowPrivate: true }]", 22, "profiles.p.egress[0].host", "special-purpose", "remove the rule")]
    [InlineData("    egress: [{ host: a.com, ports: [] }]", 36, "profiles.p.egress[0].ports", "is empty", "name at least one")]
    [InlineData("    egress: [{ host: a.com, ports: 443 }]", 36, "profiles.p.egress[0].ports", "'443'", "write [443]")]
    [InlineData("    egress: [{ host: a.com, ports: [0] }]", 37, "profiles.p.egress[0].ports[0]", "0 is out of range", "1 to 65535")]
    [InlineData("    egress: [{ host: a.com, ports: [65536] }]", 37, "profiles.p.egress[0].ports[0]", "65536 is out of range", "1 to 65535")]
    [InlineData("    egress: [{ host: a.com, inject: nope }]", 37, "profiles.p.egress[0].inject", "'nope' is not under secrets", "none to choose from")]
    [InlineData("    egress: [{ host: a.com }, { host: A.com }]", 39, "profiles.p.egress[1].host", "already decided by egress[0]", "put this rule before it")]
    [InlineData("    egress: [{ host: 8.8.0.0/16 }, { host: 8.8.8.8 }]", 44, "profiles.p.egress[1].host", "already decided by egress[0]", "put this rule before it")]
    [InlineData("    egress: [{ host: 8.8.0.0/16 }, { host: 8.8.8.0/24 }]", 44, "profiles.p.egress[1].host", "already decided by egress[0]", "put this rule before it")]
    [InlineData("    egress: [{ host: 8.8.8.8/16 }]", 22, "profiles.p.egress[0].host", "is no block of addresses", "the bits behind the prefix all zero")]
    [InlineData("    egress: [{ host: 8.8.0.0/016 }]", 22, "profiles.p.egress[0].host", "is no block of addresses", "10.1.0.0/16")]
    [InlineData("    egress: [{ host: 8.8.8.8/32 }]", 22, "profiles.p.egress[0].host", "is a block of one address", "write the address alone")]
    [InlineData("    egress: [{ host: 0.0.0.0/0 }]", 22, "profiles.p.egress[0].host", "is too large a block", "at least 8 bits")]
    [InlineData("    egress: [{ host: 10.0.0.0/8 }]", 22, "profiles.p.egress[0].host", "is a private address", "allowPrivate: true")]
    [InlineData("    egress: [{ host: \"*.a.com\" }, { host: b.a.com }]", 43, "profiles.p.egress[1].host", "already decided by egress[0]", "put this rule before it")]
    [InlineData("    egress: [{ host: a.com, inspect: { methods: [post], paths: [/x] } }]", 50, "profiles.p.egress[0].inspect.methods[0]", "'post'", "capitals")]
    [InlineData("    egress: [{ host: a.com, inspect: { methods: [GET], paths: [x] } }]", 64, "profiles.p.egress[0].inspect.paths[0]", "'x'", "begins with '/'")]
    [InlineData("    egress: [{ host: a.com, inspect: { methods: [GET], paths: [/x] }, placeholders: [{ secret: nope }] }]", 85, "profiles.p.egress[0].placeholders", "'nope' is not under secrets", "none to choose from")]
    [InlineData("    egress: [{ host: a.com, route: r }]", 36, "profiles.p.egress[0].route", "each request of it is judged", "give the rule inspect")]
    [InlineData("    egress: [{ route: r, host: \"*.a.com\", inspect: { methods: [GET], paths: [/x] } }]", 23, "profiles.p.egress[0].route", "one host", "no wildcard")]
    [InlineData("    egress: [{ route: r, host: a.com, ports: [443, 444], inspect: { methods: [GET], paths: [/x] } }]", 23, "profiles.p.egress[0].route", "one port", "one port")]
    [InlineData("    egress: [{ route: r, host: a.com, inspect: { methods: [GET], paths: [/x] } }, { route: r, host: b.com, inspect: { methods: [GET], paths: [/x] } }]", 92, "profiles.p.egress[1].route", "'r' is the route of an earlier rule", "another name")]
    [InlineData("    secrets: { a: { deliver: { header: x, host: a.com } } }", 19, "profiles.p.secrets.a", "none of vault, embedded", "add one")]
    [InlineData("    secrets: { a: { embedded: a, vault: \"s/p#f\", deliver: { header: x, host: a.com } } }", 34, "profiles.p.secrets.a", "more than one", "keep one")]
    [InlineData("    secrets: { a: { vault: nope, deliver: { header: x, host: a.com } } }", 28, "profiles.p.secrets.a.vault", "'nope'", "mount/path#field")]
    [InlineData("    secrets: { a: { vault: \"s/../p#f\", deliver: { header: x, host: a.com } } }", 28, "profiles.p.secrets.a.vault", "'s/../p#f'", "mount/path#field")]
    [InlineData("    secrets: { a: { embedded: a } }", 19, "profiles.p.secrets.a", "'deliver' is missing", "add it")]
    [InlineData("    secrets: { a: { embedded: a, deliver: { header: x, host: \"*.a.com\" } } }", 62, "profiles.p.secrets.a.deliver.host", "wildcard", "one host")]
    [InlineData("    secrets: { a: { embedded: a, deliver: { header: x, host: 8.8.0.0/16 } } }", 62, "profiles.p.secrets.a.deliver.host", "block", "one host")]
    [InlineData("    secrets: { a: { embedded: a, deliver: { header: Host, host: a.com } } }", 53, "profiles.p.secrets.a.deliver.header", "'Host'", "header name")]
    [InlineData("    secrets: { a: { embedded: a, deliver: { header: \"x\\r\\ny\", host: a.com } } }", 53, "profiles.p.secrets.a.deliver.header", "\\u000d\\u000a", "header name")]
    [InlineData("    secrets: { a: { embedded: a, deliver: { header: x, host: a.com, methods: [TRACE] } } }", 79, "profiles.p.secrets.a.deliver.methods[0]", "'TRACE'", "refused")]
    [InlineData("    secrets: { a: { embedded: a, deliver: { header: x, host: a.com, methods: [] } } }", 78, "profiles.p.secrets.a.deliver.methods", "is empty", "at least one")]
    [InlineData("    secrets: { \"a b\": {} }", 16, "profiles.p.secrets.a b", "'a b' is no name", "letters, digits")]
    [InlineData("    inference: { maxTokens: 0 }", 29, "profiles.p.inference.maxTokens", "0 is out of range", "1 to")]
    [InlineData("    honeypots: [file]", 17, "profiles.p.honeypots[0]", "'file'", "did you mean 'files'?")]
    [InlineData("    ask: [read]", 11, "profiles.p.ask[0]", "'read'", "egress, write")]
    [InlineData("    sandbox: &a {}", 14, "", "anchor '&a'", "remove it")]
    [InlineData("    sandbox: !x {}", 14, "", "tag '!x'", "remove the tag")]
    [InlineData("    files: [{ root: ${workspace} }]", 22, "", "not valid YAML", "with quotes")]
    public void Fault_NamesPlaceFieldValueAndMend(string line, int column, string field, string value, string mend)
    {
        var result = PolicyParser.Parse(Head + line + "\n", "p.yaml");

        Assert.Null(result.Document);
        var error = Assert.Single(result.Errors);
        Assert.StartsWith($"p.yaml:5:{column}: {field}", error.ToString());
        Assert.Contains(value, error.Message);
        Assert.Contains(mend, error.Message);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("# nothing\n", "empty")]
    [InlineData("a", "must be a mapping of apiVersion")]
    [InlineData("[]", "must be a mapping of apiVersion")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\n", "'profiles' is missing")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles: {}\n", "name at least one")]
    [InlineData("apiVersion: secureagent.dev/v2\nkind: AgentPolicy\nprofiles: { p: {} }\n", "did you mean 'secureagent.dev/v1'?")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: Policy\nprofiles: { p: {} }\n", "use one of: AgentPolicy")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles: { P: {} }\n", "lower-case")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles: { p: {}, p: {} }\n", "written twice")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles: { p: {} }\n---\na: b\n", "second document")]
    [InlineData("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles: { p: *x }\n", "aliases are refused")]
    [InlineData("apiVersion: [1\nb: 2", "not valid YAML")]
    [InlineData("a: \"\\q\"", "not valid YAML")]
    public void Document_ThatIsNoPolicy_SaysWhy(string text, string expected) =>
        Assert.Contains(PolicyParser.Parse(text, "p.yaml").Errors, error => error.Message.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Inject_OfAProxysCredential_IsRefused()
    {
        var text = Head + "    egress: [{ host: a.com, inject: key }]\n    secrets: { key: { embedded: key, deliver: { header: Proxy-Authorization, host: a.com } } }\n";

        Assert.Contains("goes to that proxy only", Assert.Single(PolicyParser.Parse(text, "p.yaml").Errors).Message);
    }

    [Fact]
    public void Inject_ForAnotherHost_IsRefused()
    {
        var text = Head + "    egress: [{ host: b.com, inject: key }]\n    secrets: { key: { embedded: key, deliver: { header: x, host: a.com } } }\n";

        var error = Assert.Single(PolicyParser.Parse(text, "p.yaml").Errors);
        Assert.Equal((5, 37), (error.Line, error.Column));
        Assert.Contains("'key' is delivered to a.com only, but this rule's host is b.com", error.Message);

        // Control arm: the same with one host.
        Assert.Empty(PolicyParser.Parse(text.Replace("b.com", "a.com", StringComparison.Ordinal), "p.yaml").Errors);
    }

    [Fact]
    public void ManyFaults_AreReportedTogether_InReadingOrder()
    {
        const string Text = """
            apiVersion: secureagent.dev/v9
            kind: AgentPolicy
            profiles:
              p:
                sandbox: { memory: 10M, cpuu: 1 }
                files:
                  - { root: rel, allow: ["[x"], access: reed }
                egress:
                  - { host: "a b", ports: [0, 443] }
                  - { host: b.com, inject: kay }
                secrets:
                  key: { embedded: key, deliver: { header: "x y", host: b.com } }
            """;

        var errors = PolicyParser.Parse(Text, "p.yaml").Errors;

        Assert.Equal([1, 5, 5, 7, 7, 7, 9, 9, 10, 12], errors.Select(error => error.Line));
        Assert.Contains("did you mean 'key'?", errors[8].Message);
    }

    [Fact]
    public void BadHosts_AreEachReportedOnce() =>
        Assert.Equal(2, PolicyParser.Parse(Head + "    egress: [{ host: a b }, { host: c d }]\n", "p.yaml").Errors.Count);

    [Fact]
    public void LargeProfile_IsReadInTimeLinearInItsSize()
    {
        var rules = string.Concat(Enumerable.Range(1, 4000).Select(at => $"      - {{ host: h{at}.example.com, ports: [{at}], inject: s{at} }}\n"));

        // Quadratic checks took minutes here; the assertion is that this returns, with its errors bounded.
        Assert.Equal(500, PolicyParser.Parse(Head + "    egress:\n" + rules, "p.yaml").Errors.Count);
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(5000, false)]
    public void Document_NestedTooDeep_IsRefusedWithoutRecursion(int depth, bool isYaml)
    {
        var errors = PolicyParser.Parse(new string('[', depth) + new string(']', depth), "p.yaml").Errors;
        Assert.Equal(isYaml, !errors[0].Message.Contains("nesting deeper", StringComparison.Ordinal));
    }

    [Fact]
    public void Document_OverAMebibyte_IsRefusedUnread()
    {
        var error = Assert.Single(PolicyParser.Parse(Head + "    sandbox: {}\n#" + new string('é', 600_000), "p.yaml").Errors);
        Assert.Contains("larger than 1 MiB", error.Message);
    }

    [Fact]
    public void Parse_AnyText_NeverThrowsAndNeverGivesBoth()
    {
        var tokens = Gen.OneOf(
            "apiVersion: secureagent.dev/v1\n", "kind: AgentPolicy\n", "profiles:\n", "  p:\n", "    sandbox: ", "    files:\n", "      - ", "{", "}", "[", "]", ", ", ": ",
            "\"", "'", "\n", "  ", "\t", "&a ", "*a", "!t ", "|\n", ">\n", "---\n", "...\n", "%YAML 1.2\n", "#", "? ", "- ", "root: ", "${workspace}", "memory: 1GiB", "\\", "\0", "\uFEFF", "é", "\uD800");
        Gen.OneOf(Gen.String, tokens.Array[0, 30].Select(string.Concat)).Sample(text =>
        {
            var result = PolicyParser.Parse(text, "p.yaml");
            return (result.Document is null) == (result.Errors.Count > 0) && result.Errors.All(error => error.Line >= 1 && error.Column >= 1 && error.Message.Length > 0);
        }, iter: 50_000);
    }
}
