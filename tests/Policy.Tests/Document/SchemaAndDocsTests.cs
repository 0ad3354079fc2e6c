using System.Text.Json;
using System.Text.RegularExpressions;
using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Tests.Document;

/// <summary>Parser, JSON Schema and reference come from one description of the keys; these tests hold the pages to it.</summary>
public sealed class SchemaAndDocsTests
{
    private const string Begin = "<!-- keys: written from Policy/Document/Keys -->\n\n";
    private const string End = "\n\n<!-- end of keys -->";

    [Fact]
    public void Schema_DescribesEveryKey_AndClosesEveryObject()
    {
        using var schema = JsonDocument.Parse(PolicySchema.Write());
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.RootElement.GetProperty("$schema").GetString());

        var keys = new HashSet<string>();
        Visit(schema.RootElement, keys);

        Assert.Equal(KeysOfTheReference(), keys.Order());
    }

    [Fact]
    public void Schema_CarriesRangesDefaultsAndChoices()
    {
        using var schema = JsonDocument.Parse(PolicySchema.Write());
        var profile = schema.RootElement.GetProperty("properties").GetProperty("profiles").GetProperty("additionalProperties").GetProperty("properties");
        var sandbox = profile.GetProperty("sandbox").GetProperty("properties");
        var ports = profile.GetProperty("egress").GetProperty("items").GetProperty("properties").GetProperty("ports");

        Assert.Equal((16, 32768, 256), (sandbox.GetProperty("pids").GetProperty("minimum").GetInt32(), sandbox.GetProperty("pids").GetProperty("maximum").GetInt32(), sandbox.GetProperty("pids").GetProperty("default").GetInt32()));
        Assert.Equal("1GiB", sandbox.GetProperty("memory").GetProperty("default").GetString());
        Assert.Contains("64MiB to 1TiB", sandbox.GetProperty("memory").GetProperty("description").GetString());
        Assert.Equal(65535, ports.GetProperty("items").GetProperty("maximum").GetInt32());
        Assert.Equal(443, ports.GetProperty("default")[0].GetInt32());
        Assert.Equal(1, ports.GetProperty("minItems").GetInt32());
        Assert.Equal(2, profile.GetProperty("secrets").GetProperty("additionalProperties").GetProperty("oneOf").GetArrayLength());
        Assert.Equal(["read", "propose", "write"], profile.GetProperty("files").GetProperty("items").GetProperty("properties").GetProperty("access").GetProperty("enum").EnumerateArray().Select(word => word.GetString()));
    }

    [Fact]
    public void Reference_InDocs_IsWhatTheParserReads()
    {
        var page = Page();
        var expected = page.Head + PolicyReference.Write().Trim() + page.Tail;
        var written = Path.Combine(AppContext.BaseDirectory, "policy.md");
        File.WriteAllText(written, expected);

        Assert.True(expected == Repository.Read("docs/policy.md"), $"the key tables of docs/policy.md are behind the code; review and run: cp {written} docs/policy.md");
    }

    [Fact]
    public void ExampleInDocs_Parses()
    {
        var example = Regex.Match(Repository.Read("docs/policy.md"), "```yaml\n(apiVersion.*?)```", RegexOptions.Singleline).Groups[1].Value;
        Assert.Empty(PolicyParser.Parse(example, "docs/policy.md").Errors.Select(error => error.ToString()));
    }

    [Fact]
    public void ReasonCodes_InDocs_AreTheClosedSet()
    {
        var listed = Regex.Matches(Repository.Read("docs/reason-codes.md"), "^\\| `([a-z_]+)` \\|", RegexOptions.Multiline).Select(match => match.Groups[1].Value);
        Assert.Equal(Enum.GetValues<ReasonCode>().Select(code => code.Name()).Order(), listed.Order());
    }

    private static (string Head, string Tail) Page()
    {
        var page = Repository.Read("docs/policy.md");
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end > begin, "docs/policy.md has lost the markers of its key tables");
        return (page[..begin], page[end..]);
    }

    /// <param name="repeats">Below a key that holds the keys of a profile again.</param>
    private static void Visit(JsonElement node, HashSet<string> keys, bool repeats = false)
    {
        if (node.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (node.TryGetProperty("properties", out var properties))
        {
            Assert.False(node.GetProperty("additionalProperties").GetBoolean());
            foreach (var property in properties.EnumerateObject())
            {
                Assert.True(keys.Add(property.Name) || repeats || property.Name is "host" or "methods" or "deliver", property.Name);
                Assert.NotEmpty(property.Value.TryGetProperty("description", out var text) ? text.GetString()! : "");
                Visit(property.Value, keys, repeats || property.Name == "mcpServers");
            }
        }

        foreach (var name in new[] { "items", "additionalProperties" })
        {
            if (node.TryGetProperty(name, out var inner))
            {
                Visit(inner, keys, repeats);
            }
        }

        foreach (var choice in node.TryGetProperty("oneOf", out var choices) ? choices.EnumerateArray() : default)
        {
            Visit(choice, keys, repeats);
        }
    }

    private static IEnumerable<string> KeysOfTheReference() =>
        Regex.Matches(PolicyReference.Write(), "^\\| `([A-Za-z]+)` \\|", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Distinct().Order();
}
