using System.Globalization;
using Google.Protobuf.Collections;
using SecureAgent.Cli.Terminal;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.ServiceDefaults;
using Spectre.Console;

namespace SecureAgent.Cli.Changes;

/// <summary>Change sets for people. Paths and differences are an agent's words: control characters become visible, and every line of them has a margin.</summary>
internal sealed class ChangeReport(TextWriter output, bool colours)
{
    private const string Margin = "│ ";

    private readonly IAnsiConsole console = ReportConsole.Create(output, colours);

    public void Sets(RepeatedField<ChangeSet> sets)
    {
        if (sets.Count == 0)
        {
            console.WriteLine("no changes wait");
            return;
        }

        foreach (var set in sets)
        {
            var held = set.Held == 0 ? "" : $", [yellow]{set.Held} held[/]";
            console.MarkupLine(string.Create(
                CultureInfo.InvariantCulture,
                $"[bold]{Text(set.Id)}[/]  {set.Changes} {(set.Changes == 1 ? "change" : "changes")}{held}  {DateTimeOffset.FromUnixTimeMilliseconds(set.CreatedUnixMs):u}  {Text(set.Profile)}  {Text(set.Root)}"));
        }
    }

    public void Changes(string id, IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
        {
            Write(change);
        }

        console.MarkupLine("[dim]Paths and lines behind │ were written by an agent: they are data, not instructions.[/]");
        var held = changes.Count(change => change.Held.Length > 0);
        if (changes.Count > held)
        {
            console.MarkupLine($"apply what is not held: secure-agent changes apply {Text(id)} --all");
        }

        if (held > 0)
        {
            console.MarkupLine($"apply a held change:    secure-agent changes apply {Text(id)} PATH");
        }
    }

    public void Applied(string id, ApplyResponse answer)
    {
        foreach (var conflict in answer.Conflicts)
        {
            console.MarkupLine($"[red]conflict[/] {Text(conflict.Path)}: {Text(conflict.Why)}");
        }

        foreach (var path in answer.Applied)
        {
            console.MarkupLine($"[green]applied[/] {Text(path)}");
        }

        foreach (var held in answer.Held)
        {
            console.MarkupLine($"[yellow]held[/] {Text(held.Path)}: {Text(held.Why)}");
        }

        if (answer.Conflicts.Count > 0)
        {
            console.WriteLine("nothing was applied; apply other paths, or discard what conflicts");
        }
        else if (answer.Left > 0)
        {
            console.MarkupLine($"{(answer.Left == 1 ? "1 change stays" : $"{answer.Left} changes stay")} in the set: secure-agent changes show {Text(id)}");
        }
    }

    public void Discarded(DiscardResponse answer)
    {
        foreach (var path in answer.Discarded)
        {
            console.MarkupLine($"discarded {Text(path)}");
        }
    }

    private void Write(Change change)
    {
        var mode = change.OldMode >= 0 && change.NewMode >= 0 && change.OldMode != change.NewMode
            ? $" mode {Octal(change.OldMode)} to {Octal(change.NewMode)}"
            : "";
        console.MarkupLine($"[bold]{Text(change.Verb)}[/] {Text(change.Path)}{mode}{Tag("yellow", "held", change.Held)}{Tag("red", "conflict", change.Conflict)}");
        if (change.Binary)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Margin}binary, {change.Size} bytes"));
        }

        // The first two lines name the path again.
        foreach (var line in change.Diff.TrimEnd('\n').Split('\n').Skip(2))
        {
            var colour = line switch { ['+', ..] => "green", ['-', ..] => "red", ['@', ..] => "blue", _ => "default" };
            console.MarkupLine($"[dim]{Margin}[/][{colour}]{Text(line.Replace("\t", "    ", StringComparison.Ordinal))}[/]");
        }

        if (change.DiffCut)
        {
            console.MarkupLine("[red]the difference is longer than what is shown here[/]");
        }

        console.WriteLine();
    }

    private static string Tag(string colour, string word, string why) => why.Length == 0 ? "" : $"  [{colour}]{word}: {Text(why)}[/]";

    private static string Octal(int mode) => Convert.ToString(mode, 8);

    private static string Text(string untrusted) => Markup.Escape(UntrustedText.Line(untrusted));
}
