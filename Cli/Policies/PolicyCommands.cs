using System.CommandLine;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Explaining;

namespace SecureAgent.Cli.Policies;

/// <summary><c>policy check|explain|schema</c>: pure questions to the policy library; need no server.</summary>
internal static class PolicyCommands
{
    public static Command Create() => new("policy", "Check a policy document and ask it questions.") { Check(), Explain(), Schema() };

    private static Command Check()
    {
        var file = File();
        var check = new Command("check", "Report everything that is wrong with a policy document, and what this version would refuse to run.") { file };
        check.SetAction(result =>
        {
            var (_, document) = PolicyFile.Read(result.GetValue(file)!, "file");
            var unsupported = 0;
            foreach (var profile in document.Profiles.Values)
            {
                var reasons = PolicySupport.Unsupported(profile);
                unsupported += reasons.Count;
                result.InvocationConfiguration.Output.WriteLine(reasons.Count == 0 ? $"{profile.Name}: ok" : $"{profile.Name}: valid, but no session starts with it:");
                foreach (var reason in reasons)
                {
                    result.InvocationConfiguration.Output.WriteLine($"  {reason}");
                }
            }

            return unsupported == 0 ? 0 : 1;
        });
        return check;
    }

    private static Command Explain()
    {
        var file = File();
        var profile = new Option<string>("--profile") { Description = "Profile of the document.", DefaultValueFactory = _ => "default" };
        var path = new Option<string?>("--file") { Description = "May this path of the workspace be read?" };
        var connect = new Option<string?>("--connect") { Description = "May HOST:PORT be reached?" };
        var secret = new Option<string?>("--secret") { Description = "May a gate draw this secret, and for which destination?" };
        var explain = new Command("explain", "What a gate would decide, by which rule and line. Exit code 1 when it denies.") { file, profile, path, connect, secret };
        explain.SetAction(result =>
        {
            var (_, document) = PolicyFile.Read(result.GetValue(file)!, "file");
            var chosen = PolicyFile.Profile(document, result.GetValue(profile)!, result.GetValue(file)!);
            var answer = (result.GetValue(path), result.GetValue(connect), result.GetValue(secret)) switch
            {
                ({ } name, null, null) => PolicyExplainer.File(chosen, name),
                (null, { } target, null) => PolicyExplainer.Connect(chosen, target),
                (null, null, { } name) => PolicyExplainer.Secret(chosen, name),
                _ => throw new CommandException("ask one thing: --file PATH, --connect HOST:PORT or --secret NAME"),
            };
            result.InvocationConfiguration.Output.WriteLine(answer.Text);
            return answer.Decision.IsAllowed ? 0 : 1;
        });
        return explain;
    }

    private static Command Schema()
    {
        var schema = new Command("schema", "The JSON Schema (2020-12) of policy documents, for editors.");
        schema.SetAction(result => result.InvocationConfiguration.Output.WriteLine(PolicySchema.Write()));
        return schema;
    }

    private static Argument<string> File() => new("file") { Description = "Policy document, YAML." };
}
