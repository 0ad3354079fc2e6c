using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Cli.Terminal;

/// <summary>What the sandbox's programs are told the terminal is: the operator's own, where its name is one they can know.</summary>
internal static class TerminalType
{
    private const string Common = "xterm-256color";

    public static string OfThisProcess() =>
        DataDirectory.Variable("TERM") is { Length: <= 64 } name && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '+' or '.' or '_')
            ? name
            : Common;
}
