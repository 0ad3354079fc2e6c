using System.Globalization;
using Spectre.Console;

namespace SecureAgent.AppHost.Standalone;

/// <summary>Colours by component on a terminal, plain lines elsewhere.</summary>
internal sealed class ConsoleOutput : IHostOutput
{
    private static readonly string[] Colours = ["aqua", "green", "yellow", "fuchsia", "blue", "teal", "olive"];

    private readonly Dictionary<string, string> colours = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Lines are the terminal's to wrap.</summary>
    public ConsoleOutput() => AnsiConsole.Profile.Width = 4096;

    public void State(string component, ComponentState state, string? detail = null) =>
        Write(component, state switch
        {
            ComponentState.Starting => "starting",
            ComponentState.Healthy => "[green]healthy[/]",
            ComponentState.Crashed => $"[red]crashed[/] {Markup.Escape(detail ?? "")}",
            _ => "stopped",
        });

    public void Log(string component, string line) => Write(component, Markup.Escape(line));

    public void Ready(string dataDirectory, Uri? console, TimeSpan took)
    {
        var seconds = took.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        Write("secure-agent", $"[bold]ready[/] in {seconds} s; data in {Markup.Escape(dataDirectory)}; Ctrl-C stops");
        if (console is not null)
        {
            Write("secure-agent", $"console at {console}; ./dev console prints the address that logs you in");
        }

        Write("secure-agent", "try: ./dev run \"Summarise the notes in this folder\" --workspace samples/notes");
    }

    public void Failed(string message)
    {
        lock (gate)
        {
            Console.Error.WriteLine($"secure-agent: {message}");
        }
    }

    public void Dispose()
    {
        // The console is not ours to close.
    }

    private void Write(string component, string markup)
    {
        lock (gate)
        {
            if (!colours.TryGetValue(component, out var colour))
            {
                colours[component] = colour = Colours[colours.Count % Colours.Length];
            }

            AnsiConsole.MarkupLine($"[{colour}]{component.PadRight(17)}[/] {markup}");
        }
    }
}
