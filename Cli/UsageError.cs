using System.CommandLine;
using System.CommandLine.Parsing;
using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Cli;

/// <summary>A command line that was not understood, in one line: what, the near word, and where to look.</summary>
internal static class UsageError
{
    public static string Of(ParseResult parsed)
    {
        var (verb, path) = (parsed.CommandResult.Command, PathOf(parsed.CommandResult));
        return $"{What(parsed, verb, path)}; see '{path} --help'";
    }

    private static string What(ParseResult parsed, Command verb, string path)
    {
        // What was not recognised often has other errors in its train.
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            return unknown.StartsWith('-') ? $"'{unknown}' is no option of '{path}'; {Nearest.Hint(unknown, verb.Options.Select(option => option.Name))}"
                : verb.Subcommands.Count > 0 ? $"'{unknown}' is no verb of '{path}'; {Nearest.Hint(unknown, verb.Subcommands.Select(command => command.Name))}"
                : $"'{unknown}' is one word too many for '{path}'; put what has spaces in quotes";
        }

        var error = parsed.Errors[0];
        return error.SymbolResult switch
        {
            CommandResult when verb.Subcommands.Count > 0 => $"'{path}' needs a verb; use one of: {string.Join(", ", verb.Subcommands.Select(command => command.Name))}",
            OptionResult { Tokens: [{ Value: "" }, ..], Option.Name: var name } => $"{name} is empty; give it a value, or leave it out",
            _ => error.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '),
        };
    }

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "secure-agent";
}
