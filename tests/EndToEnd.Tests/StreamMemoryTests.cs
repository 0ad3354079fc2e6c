using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>An agent with a stream open that its proxy looks into and adds a key to: a core of it, its environment and its files hold no byte sequence of the key.</summary>
public sealed class StreamMemoryTests : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-core-").FullName;
    private readonly string value = $"sk-core-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(24)}";
    private readonly TaskCompletionSource<string> echoed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Origin origin = null!;
    private Server server = null!;

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        origin.OnRequest = async context =>
        {
            // A careless destination: the key comes back, and the stream stays open.
            var key = context.Request.Headers["x-api-key"].ToString();
            await context.Response.WriteAsync($"echo {key}\n");
            await context.Response.Body.FlushAsync();
            echoed.TrySetResult(key);
            await over.Task;
        };
        var roots = Path.Combine(root, "origin.pem");
        await File.WriteAllTextAsync(roots, origin.CertificatePem);
        await File.WriteAllTextAsync(Path.Combine(root, "policy.yaml"), $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              default:
                egress:
                  - { host: localhost, ports: [{{origin.HttpsPort}}], allowPrivate: true, inject: key, inspect: { methods: [GET], paths: [/**] } }
                secrets:
                  key: { embedded: stream, deliver: { header: x-api-key, host: localhost } }
            """);
        server = await Server.StartAsync(new Dictionary<string, string> { ["EgressProxy__UpstreamRoots"] = roots });
    }

    public async ValueTask DisposeAsync()
    {
        over.TrySetResult();
        await server.DisposeAsync();
        await origin.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task AgentWithAnInspectedStream_HoldsNoByteOfTheKey()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcore"), "needs gcore (gdb)");
        Assert.SkipUnless(Environment.UserName == "root", "needs root to write a core of a sandbox's process");
        var set = await Product.RunAsync("dotnet", [Product.Cli, "secret", "set", "stream", "--data", server.Data], stdin: value + "\n");
        Assert.True(set.ExitCode == 0, set.ToString());
        var mark = $"mark-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(16)}";
        var run = server.RunAsync(
            "--policy", Path.Combine(root, "policy.yaml"), "--json", "--", "sh", "-c", $"NO_PROXY= no_proxy= curl -sSN -o /tmp/stream https://localhost:{origin.HttpsPort}/{mark}; cat /tmp/stream");
        Assert.Equal(value, await echoed.Task.WaitAsync(Product.Limit));

        var agent = Processes.DescendantsOf(server.ComponentProcess("AgentRunner")).Single(id => Processes.CommandLine(id) is { } line && line.StartsWith("curl ", StringComparison.Ordinal) && line.Contains(mark, StringComparison.Ordinal));
        var sandbox = $"/proc/{agent.ToString(CultureInfo.InvariantCulture)}/root";
        await ArrivedAsync($"{sandbox}/tmp/stream");
        var core = await CoreOfAsync(agent);
        var environment = await File.ReadAllTextAsync($"/proc/{agent}/environ");
        var files = new[] { "tmp", "run", "workspace" }.Select(name => Path.Combine(sandbox, name)).Where(Directory.Exists).SelectMany(FilesBelow).ToList();

        Assert.Equal([mark], Found(core, mark, value));
        Assert.Equal([value], ProcessMemory.Find(server.ComponentProcess("EgressProxy"), [value]));
        Assert.Contains("HTTPS_PROXY=", environment, StringComparison.Ordinal);
        Assert.DoesNotContain(value, environment, StringComparison.Ordinal);
        Assert.Contains(files, file => file.EndsWith("/tmp/stream", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Empty(Found(file, value)));
        over.SetResult();
        var outcome = await run;
        Assert.StartsWith($"echo {new string('*', value.Length)}\n", outcome.Answer, StringComparison.Ordinal);
    }

    /// <summary>Every mapping, also those that a core leaves out by default.</summary>
    private async Task<string> CoreOfAsync(int process)
    {
        var written = await Product.RunAsync("gcore", ["-a", "-o", Path.Combine(root, "core"), process.ToString(CultureInfo.InvariantCulture)]);
        var file = Path.Combine(root, $"core.{process.ToString(CultureInfo.InvariantCulture)}");
        Assert.True(File.Exists(file), written.ToString());
        return file;
    }

    /// <summary>The masked echo is in the agent's hands, so the key would be if anything let it through.</summary>
    private static async Task ArrivedAsync(string file)
    {
        using var limit = new CancellationTokenSource(Product.Limit);
        while (!File.Exists(file) || !(await File.ReadAllTextAsync(file, limit.Token)).Contains('\n'))
        {
            await Task.Yield();
        }
    }

    /// <summary>With content: sockets and pipes have none of their own.</summary>
    private static IEnumerable<string> FilesBelow(string directory) => Directory
        .EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true })
        .Where(file => new FileInfo(file).Length > 0);

    private static List<string> Found(string file, params string[] texts)
    {
        var bytes = File.ReadAllBytes(file).AsSpan();
        var found = new List<string>();
        foreach (var text in texts)
        {
            if (bytes.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 || bytes.IndexOf(Encoding.Unicode.GetBytes(text)) >= 0)
            {
                found.Add(text);
            }
        }

        return found;
    }
}
