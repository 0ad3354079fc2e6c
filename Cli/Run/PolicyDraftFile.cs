using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Suggesting;

namespace SecureAgent.Cli.Run;

/// <summary><c>--save-policy FILE</c>: the session's profile with the lines that would have allowed what was denied.</summary>
internal static class PolicyDraftFile
{
    public static async Task SaveAsync(string file, string policy, string profile, Summary summary)
    {
        var document = PolicyParser.Parse(policy, "the session's policy").Document
            ?? throw new CommandException("the session's policy cannot be read by this version; use the CLI of the same build as the server");
        var draft = PolicyDraft.Write(document.Profiles[profile], summary.Denials.Select(Subject));
        try
        {
            await File.WriteAllTextAsync(file, draft);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--save-policy '{file}' cannot be written ({error.Message}); give a writable path");
        }

        await Console.Error.WriteLineAsync($"secure-agent: wrote a draft policy to {file}; review it before use");
    }

    private static DeniedSubject Subject(Denial denial) => new(
        denial.Plane, denial.Subject,
        ReasonCodes.TryParse(denial.Reason, out var code) ? code : throw new CommandException($"the server gave an unknown reason '{denial.Reason}'; use the CLI of the same build"));
}
