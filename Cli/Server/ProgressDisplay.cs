using System.Globalization;

namespace SecureAgent.Cli.Server;

/// <summary>What an operator sees while a server starts.</summary>
internal interface IProgressDisplay
{
    void Component(string name, string state);

    void Ready(long milliseconds);
}

/// <summary>On stderr: one line that is rewritten on a terminal, one line a change elsewhere.</summary>
internal sealed class ProgressDisplay(TextWriter output, bool isTerminal) : IProgressDisplay
{
    private readonly SortedDictionary<string, string> states = new(StringComparer.Ordinal);

    public void Component(string name, string state)
    {
        states[name] = state;
        if (isTerminal)
        {
            var healthy = states.Count(pair => pair.Value == "healthy");
            var waiting = string.Join(' ', states.Where(pair => pair.Value != "healthy").Select(pair => pair.Key));
            output.Write($"\r\u001b[2Kstarting {healthy}/{states.Count} {waiting}");
            output.Flush();
        }
        else
        {
            output.WriteLine($"secure-agent: {name} {state}");
        }
    }

    public void Ready(long milliseconds)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"ready in {milliseconds / 1000.0:0.0} s");
        output.WriteLine(isTerminal ? $"\r\u001b[2K{line}" : $"secure-agent: {line}");
    }
}
