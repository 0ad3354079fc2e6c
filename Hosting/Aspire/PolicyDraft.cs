using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.Hosting.Aspire;

/// <summary>Changes of a policy document that an AppHost asks for in code. The result is parsed as any other document: a bad change is an error of the start.</summary>
internal sealed class PolicyDraft
{
    private readonly List<Action<YamlMappingNode>> changes = [];

    public bool IsEmpty => changes.Count == 0;

    /// <summary>One more host for every profile, before the rules that are there: the first match decides.</summary>
    public void Allow(string host, IReadOnlyList<int> ports, string? inject) => changes.Add(profile =>
    {
        var rule = new YamlMappingNode { { "host", host }, { "ports", new YamlSequenceNode(ports.Select(port => new YamlScalarNode(port.ToString(System.Globalization.CultureInfo.InvariantCulture)))) } };
        if (inject is not null)
        {
            rule.Add("inject", inject);
        }

        ListOf(profile, "egress").Children.Insert(0, rule);
    });

    public void LayHoneypots(IEnumerable<string> planes) => changes.Add(profile =>
    {
        var list = ListOf(profile, "honeypots");
        foreach (var plane in planes.Where(plane => !list.Children.OfType<YamlScalarNode>().Any(laid => laid.Value == plane)))
        {
            list.Add(plane);
        }
    });

    /// <exception cref="StartupException">The document, or what was made of it, is not a policy.</exception>
    public string Apply(string text, string source)
    {
        // Before it is changed it must be one, so that an error names the operator's own line.
        HostEnvironmentBuilder.RequirePolicy(text, source);
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var document = (YamlMappingNode)stream.Documents[0].RootNode;
        foreach (var profile in ((YamlMappingNode)document["profiles"]).Children.Values.Cast<YamlMappingNode>())
        {
            changes.ForEach(change => change(profile));
        }

        using var written = new StringWriter { NewLine = "\n" };
        stream.Save(written, assignAnchors: false);
        var changed = written.ToString();
        HostEnvironmentBuilder.RequirePolicy(changed, $"{source}, with the AppHost's changes");
        return changed;
    }

    private static YamlSequenceNode ListOf(YamlMappingNode profile, string key)
    {
        if (profile.Children.TryGetValue(key, out var node) && node is YamlSequenceNode list)
        {
            return list;
        }

        var made = new YamlSequenceNode();
        profile.Children[key] = made;
        return made;
    }
}
