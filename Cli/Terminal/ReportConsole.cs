using Spectre.Console;

namespace SecureAgent.Cli.Terminal;

/// <summary>A console for reports. Lines are the terminal's to wrap: a wrapped line cannot be copied or searched.</summary>
internal static class ReportConsole
{
    private const int Unwrapped = 4096;

    public static IAnsiConsole Create(TextWriter output, bool colours)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = colours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = Unwrapped;
        return console;
    }
}
