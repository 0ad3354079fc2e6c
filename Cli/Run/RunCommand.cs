using System.CommandLine;
using SecureAgent.Cli.Server;

namespace SecureAgent.Cli.Run;

/// <summary><c>run [TASK] [-- CMD ARG…]</c>: one session, from start to summary.</summary>
internal static class RunCommand
{
    public static Command Create(string[] command, bool hasCommand)
    {
        var task = new Argument<string?>("task") { Description = "What the built-in agent should do. Or give a command after --.", Arity = ArgumentArity.ZeroOrOne };
        var workspace = new Option<DirectoryInfo?>("--workspace") { Description = "Folder the session may see, as far as the profile allows. Default: none." };
        var profile = new Option<string>("--profile") { Description = "Profile of the policy.", DefaultValueFactory = _ => "default" };
        var policy = new Option<FileInfo?>("--policy") { Description = "Policy file for this session. Default: the server's." };
        var savePolicy = new Option<FileInfo?>("--save-policy") { Description = "Write the policy lines that would have allowed what was denied to this file, as a draft to review." };
        var degraded = new Option<string[]>("--allow-degraded") { Description = "Sandbox layer that may be missing; repeatable. Recorded in the audit log and shown in the summary." };
        var data = CommonOptions.Data();
        var json = CommonOptions.Json();
        var modelUrl = new Option<string?>("--model-url") { Description = "OpenAI-compatible server, when this command starts the dev server." };
        var modelSecret = new Option<string?>("--model-secret") { Description = "Secret to send to --model-url." };
        var name = new Option<string?>("--name") { Description = "Another way to say which session is meant, as long as it lives." };
        var terminal = new Option<bool>("--terminal", "-t") { Description = "Give the agent a terminal: this one, for editors, shells and interactive agents. Ctrl-P Ctrl-Q leaves it running." };
        var detach = new Option<bool>("--detach", "-d") { Description = "Leave it running in the server and print its id." };
        var run = new Command("run", "Run an agent in a sandbox and report everything it touched.")
        {
            task, workspace, profile, policy, savePolicy, degraded, name, terminal, detach, data, json, modelUrl, modelSecret,
        };
        run.SetAction(async (result, cancellationToken) =>
        {
            using var output = new OutputSink(capture: result.GetValue(json), fullScreen: result.GetValue(terminal));
            return await new RunSession(Request(result), output).RunAsync(cancellationToken);
        });
        return run;

        RunRequest Request(ParseResult result) => new()
        {
            Task = result.GetValue(task),
            Command = hasCommand ? command : null,
            Workspace = result.GetValue(workspace)?.FullName,
            Profile = result.GetValue(profile)!,
            PolicyFile = result.GetValue(policy)?.FullName,
            SavePolicy = result.GetValue(savePolicy)?.FullName,
            AllowDegraded = result.GetValue(degraded) ?? [],
            Name = result.GetValue(name),
            Terminal = result.GetValue(terminal),
            Detach = result.GetValue(detach),
            Json = result.GetValue(json),
            Server = new ServerRequest(result.DataOf(data), StartOptions(result.GetValue(modelUrl), result.GetValue(modelSecret))),
        };
    }

    private static List<string> StartOptions(string? modelUrl, string? modelSecret)
    {
        List<string> options = [];
        if (modelUrl is not null)
        {
            options.AddRange(["--model-url", modelUrl]);
        }

        if (modelSecret is not null)
        {
            options.AddRange(["--model-secret", modelSecret]);
        }

        return options;
    }
}

/// <summary>What <c>run</c> was asked.</summary>
internal sealed record RunRequest
{
    public string? Task { get; init; }

    /// <summary>Null when no <c>--</c> was given.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    public string? Workspace { get; init; }

    public required string Profile { get; init; }

    public string? PolicyFile { get; init; }

    public string? SavePolicy { get; init; }

    public IReadOnlyList<string> AllowDegraded { get; init; } = [];

    public string? Name { get; init; }

    public bool Terminal { get; init; }

    public bool Detach { get; init; }

    public bool Json { get; init; }

    public required ServerRequest Server { get; init; }

    /// <summary>Checks what can be checked before anything is started, and returns the policy text ("" for the server's own).</summary>
    public string Validate()
    {
        if (Command is { Count: 0 })
        {
            throw new CommandException("nothing follows '--'; write the command to run, e.g. -- ls");
        }

        if (Json && (Terminal || Detach))
        {
            throw new CommandException("--json waits for the end and keeps the output; leave --terminal and --detach out");
        }

        if (Task is null == Command is null)
        {
            throw new CommandException(Task is null
                ? "nothing to run; give a task in quotes, or a command after --"
                : $"both a task ('{Task}') and a command were given; give one");
        }

        if (Workspace is not null && !Directory.Exists(Workspace))
        {
            throw new CommandException(File.Exists(Workspace)
                ? $"--workspace '{Workspace}' is a file; give a directory"
                : $"--workspace '{Workspace}' does not exist; give an existing directory");
        }

        if (PolicyFile is null)
        {
            return "";
        }

        var (text, document) = Policies.PolicyFile.Read(PolicyFile, "--policy");
        Policies.PolicyFile.Profile(document, Profile, PolicyFile);
        return text;
    }
}
