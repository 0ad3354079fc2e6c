using System.CommandLine;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Commands;

/// <summary>The host's command line: serve (the default), graph, publish and images.</summary>
internal static class HostCommand
{
    private static readonly Option<DirectoryInfo?> Data = new("--data")
    {
        Description = DataDirectory.Help,
    };

    private static readonly Option<FileInfo?> Policy = new("--policy") { Description = "Policy file sessions use by default. Default: the shipped policies/default.yaml." };

    private static readonly Option<string[]> Port = new("--port")
    {
        Description = "Fixed loopback port of a process, NAME=PORT (1024-65535); repeatable. Default: ports from the operating system.",
    };

    private static readonly Option<Uri?> ModelUrl = new("--model-url")
    {
        Description = "OpenAI-compatible server for model calls, e.g. http://127.0.0.1:11434/v1. Default: the offline model, which needs no weights.",

        // The library reads no Uri by itself. Which URLs will do is the host's to judge, under Aspire too.
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.RelativeOrAbsolute, out var url))
            {
                return url;
            }

            result.AddError($"--model-url '{result.Tokens[0].Value}' is not a URL; e.g. --model-url http://127.0.0.1:11434/v1");
            return null;
        },
    };

    private static readonly Option<string?> ModelSecret = new("--model-secret") { Description = "Name of the secret (in the policy's `secrets`) sent to --model-url." };

    private static readonly Option<string[]> AllowDegraded = new("--allow-degraded")
    {
        Description = "Sandbox layer that may be missing; repeatable. Recorded in the audit log and shown in every summary.",
    };

    private static readonly Option<int> Pool = new("--pool")
    {
        Description = "Sandboxes kept ready for the next sessions, 0 to 64; each serves one session. Default: 0.",
    };

    private static readonly Option<string?> Vault = new("--vault")
    {
        Description = "dev: start the 'vault' or 'bao' of VAULT_BIN or PATH as a development server, set it up for the policy, and use it. It keeps nothing. Default: the store at VAULT_ADDR, else the embedded one.",
    };

    private static readonly Option<bool?> Console = new("--console")
    {
        HelpName = "true|false",
        Description = "Serve the operator's web page on a loopback port: true or false. Default: true, with --events false.",
    };

    private static readonly Option<bool> Events = new("--events")
    {
        Description = "Write progress as JSON lines on stdout, component logs to DATA/logs/server.log, and stop when stdin closes: for programs that start this one.",
    };

    /// <summary>The host ends by its own signals: the library's would cut a slow stop off after two seconds and leave things behind.</summary>
    private static readonly InvocationConfiguration Configuration = new() { ProcessTerminationTimeout = null };

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count == 0)
        {
            return await parsed.InvokeAsync(Configuration);
        }

        // One mistake often has several errors; the first names it.
        await System.Console.Error.WriteLineAsync($"secure-agent: {parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}; --help lists what there is");
        return StartupException.ExitCode;
    }

    /// <summary>The whole command line; nothing is run.</summary>
    internal static RootCommand Create()
    {
        var root = new RootCommand("SecureAgent dev server: runs autonomous agents without handing them the home directory, the network or the keys.")
        {
            Data, Policy, Port, ModelUrl, ModelSecret, Vault, AllowDegraded, Pool, Console, Events,
        };
        root.SetAction(ServeAsync);

        var graph = new Command("graph", "Print the graph as a Mermaid flowchart.");
        graph.SetAction(result => result.InvocationConfiguration.Output.Write(MermaidDiagram.Write(DevServer.Build())));
        root.Subcommands.Add(graph);
        root.Subcommands.Add(PublishCommand.Create());
        root.Subcommands.Add(ImagesCommand.Create());
        return root;
    }

    private static async Task<int> ServeAsync(ParseResult result, CancellationToken cancellationToken)
    {
        try
        {
            var options = new HostOptions
            {
                DataDirectory = result.GetValue(Data)?.FullName ?? DataDirectory.Default(),
                PolicyFile = result.GetValue(Policy)?.FullName,
                Ports = PortOption.Parse(result.GetValue(Port) ?? [], DevServer.Build()),
                ModelUrl = result.GetValue(ModelUrl),
                ModelSecret = result.GetValue(ModelSecret),
                DevVault = result.GetValue(Vault) switch
                {
                    null => false,
                    "dev" => true,
                    var other => throw new StartupException($"--vault '{other}' is not known; give --vault dev, or set VAULT_ADDR for a store that is running already"),
                },
                AllowDegraded = result.GetValue(AllowDegraded) ?? [],
                Pool = result.GetValue(Pool),
                Console = result.GetValue(Console) ?? !result.GetValue(Events),
            };
#if ASPIRE
            // A program that reads events started this host: it wants the processes, not a dashboard.
            if (!result.GetValue(Events))
            {
                return await Aspire.AspireHost.RunAsync([], options, cancellationToken);
            }
#endif
            using IHostOutput output = result.GetValue(Events) ? new EventOutput(options.DataDirectory) : new ConsoleOutput();
            return await StandaloneHost.RunAsync(options.GraphOf(DevServer.Build()), options, output, TimeProvider.System, cancellationToken);
        }
        catch (StartupException error)
        {
            await System.Console.Error.WriteLineAsync($"secure-agent: {error.Message}");
            return StartupException.ExitCode;
        }
    }
}
