using System.Globalization;
using Spectre.Console;

namespace SecureAgent.Bench;

/// <summary>What a benchmark found: tables, then marks, then one line with the figure. Its exit code is 0 only when there are marks and all are met.</summary>
public sealed class Report(string name)
{
    private readonly List<Mark> marks = [];
    private readonly IAnsiConsole console = Console.IsOutputRedirected ? Plain() : AnsiConsole.Console;

    public void Say(string text) => console.MarkupLineInterpolated($"[grey]{text}[/]");

    public void Table(string title, IEnumerable<Measurement> measurements)
    {
        ArgumentNullException.ThrowIfNull(measurements);
        var table = New(title, "arm", "in flight", "p50 µs", "p95 µs", "p99 µs", "max µs", "per second", "server CPU µs");
        foreach (var one in measurements)
        {
            table.AddRow(
                Markup.Escape(one.Arm), one.Workers.ToString(CultureInfo.InvariantCulture), Number(one.P50), Number(one.P95), Number(one.P99), Number(one.Max),
                Number(one.PerSecond), double.IsNaN(one.ServerCpu) ? "" : Number(one.ServerCpu));
        }

        console.Write(table);
    }

    public void Table(string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        var table = New(title, [.. columns]);
        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        console.Write(table);
    }

    /// <summary>A mark that is met by a value of at least the limit.</summary>
    public void AtLeast(string what, double value, double limit, string unit) => marks.Add(new Mark(what, value, "≥", limit, unit, value >= limit));

    /// <summary>A mark that is met by a value of at most the limit.</summary>
    public void AtMost(string what, double value, double limit, string unit) => marks.Add(new Mark(what, value, "≤", limit, unit, value <= limit));

    /// <summary>A mark that could not be measured here: it is not met, and the reason is shown.</summary>
    public void Missing(string what, string why) => marks.Add(new Mark($"{what}: not measured, {why}", double.NaN, "", double.NaN, "", false));

    /// <summary>Prints the marks and, as the last line, the figure; gives the exit code.</summary>
    public int Finish(string figure)
    {
        var table = New("marks", "mark", "measured", "limit", "");
        foreach (var mark in marks)
        {
            table.AddRow(
                new Text(mark.What), new Text(Show(mark.Value, mark.Unit)), new Text($"{mark.Sign} {Show(mark.Limit, mark.Unit)}".Trim()),
                new Markup(mark.IsMet ? "[green]pass[/]" : "[red]FAIL[/]"));
        }

        console.Write(table);
        var met = marks.Count(mark => mark.IsMet);
        console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {figure}; {met} of {marks.Count} marks met"));
        return marks.Count > 0 && met == marks.Count ? 0 : 1;
    }

    private static Table New(string title, params string[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title));
        foreach (var (column, at) in columns.Select((column, at) => (column, at)))
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)) { Alignment = at == 0 ? Justify.Left : Justify.Right });
        }

        return table;
    }

    private static IAnsiConsole Plain()
    {
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = 140;
        return plain;
    }

    private static string Show(double value, string unit) => double.IsNaN(value) ? "" : $"{Number(value)} {unit}".Trim();

    private static string Number(double value) =>
        value.ToString(value >= 100 ? "N0" : value >= 10 ? "N1" : "N2", CultureInfo.InvariantCulture);

    private sealed record Mark(string What, double Value, string Sign, double Limit, string Unit, bool IsMet);
}
