namespace SecureAgent.EndToEnd.Tests;

/// <summary>A server with a fake model behind its gateway, and agents from npm, installed for the length of the run.</summary>
public sealed class NpmAgentServer : IAsyncLifetime
{
    private static readonly string[] Drivers = ["bubblewrap", "container", "gvisor"];

    private readonly string scratch = Directory.CreateTempSubdirectory("sa-npm-").FullName;

    internal FakeModel Model { get; private set; } = null!;

    internal Server Server { get; private set; } = null!;

    internal string Policy => Path.Combine(scratch, "policy.yaml");

    internal string Workspace { get; } = Directory.CreateTempSubdirectory("sa-npm-ws-").FullName;

    /// <summary>By agent: why it cannot run here.</summary>
    private Dictionary<string, string?> Missing { get; } = new(StringComparer.Ordinal);

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(scratch, (UnixFileMode)Convert.ToInt32("755", 8));
        await File.WriteAllTextAsync(Path.Combine(Workspace, "plan.md"), "one two three four five\n");
        Model = await FakeModel.StartAsync();
        Model.Command = "echo made by a tool > made.txt; wc -w plan.md; curl -sS https://updates.example.test/; cat /etc/shadow; touch /usr/own || echo usr is kept; true";
        var node = await Why();
        await Task.WhenAll(StartAsync(), InstallAsync(node));
        await File.WriteAllTextAsync(Policy, "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n" +
            string.Concat(from agent in NpmAgent.All
                          from driver in Drivers
                          select $"  {ProfileOf(agent.Key, driver)}:\n{agent.Value.Profile(DirectoryOf(agent.Key)).Replace("sandbox:\n", $"sandbox:\n      driver: {driver}\n", StringComparison.Ordinal)}\n"));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Model.DisposeAsync();
        Directory.Delete(scratch, recursive: true);
        Directory.Delete(Workspace, recursive: true);
    }

    internal static string ProfileOf(string agent, string driver) => $"{agent}-{driver}";

    internal void Require(string agent) => Assert.SkipWhen(Missing[agent] is not null, Missing[agent] ?? "");

    internal string DirectoryOf(string agent) => NpmAgent.All[agent].Installed ?? Path.Combine(scratch, agent);

    private async Task StartAsync() => Server = await Server.StartAsync(options: ["--model-url", Model.Url]);

    /// <summary>One after the other: they share npm's cache.</summary>
    private async Task InstallAsync(string? node)
    {
        foreach (var (name, agent) in NpmAgent.All)
        {
            Missing[name] = node ?? await agent.InstallAsync(DirectoryOf(name), Path.Combine(scratch, "cache"));
        }
    }

    private static async Task<string?> Why()
    {
        if (!File.Exists("/usr/bin/npm") || !File.Exists("/usr/bin/node"))
        {
            return "needs node and npm in /usr/bin, where a sandbox sees them";
        }

        var version = (await Product.RunAsync("/usr/bin/node", ["--version"])).Stdout.Trim();
        return Version.TryParse(version.TrimStart('v'), out var found) && found >= new Version(20, 6) ? null : $"needs node 20.6 or newer in /usr/bin, which has {version}";
    }
}
