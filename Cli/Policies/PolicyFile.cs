using SecureAgent.Policy.Document;

namespace SecureAgent.Cli.Policies;

internal static class PolicyFile
{
    /// <summary>The text and the parsed document; every error at once otherwise.</summary>
    /// <param name="argument">The argument that named the file, for the message.</param>
    public static (string Text, PolicyDocument Document) Read(string file, string argument)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{argument} '{file}' cannot be read ({error.Message}); give a readable policy file");
        }

        var parsed = PolicyParser.Parse(text, file);
        return (text, parsed.Document ?? throw new CommandException(string.Join('\n', parsed.Errors)));
    }

    public static Profile Profile(PolicyDocument document, string profile, string file) =>
        document.Profiles.TryGetValue(profile, out var found)
            ? found
            : throw new CommandException($"--profile '{profile}' is not in '{file}'; it has {string.Join(", ", document.Profiles.Keys.Order(StringComparer.Ordinal))}");
}
