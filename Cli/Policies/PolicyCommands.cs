using System.CommandLine;
using SecureAgent.Policy.Document;

namespace SecureAgent.Cli.Policies;

/// <summary><c>policy check|explain|schema</c>: pure questions to the policy library; need no server.</summary>
internal static class PolicyCommands
{
    public static Command Create() => new("policy", "Check a policy document and ask it questions.") { Check() };

    private static Command Check()
    {
        var file = File();
        var check = new Command("check", "Report everything that is wrong with a policy document.") { file };
        check.SetAction(result =>
        {
            var document = PolicyFile.Read(result.GetValue(file)!, "file").Document;
            foreach (var profile in document.Profiles.Values)
            {
                result.InvocationConfiguration.Output.WriteLine($"{profile.Name}: ok");
            }

            return 0;
        });
        return check;
    }

    private static Argument<string> File() => new("file") { Description = "Policy document, YAML." };
}
