using System.Globalization;
using SecureAgent.Cli.Terminal;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults;
using Spectre.Console;

namespace SecureAgent.Cli.Run;

/// <summary>What the operator reads after a session: counts a plane, whether the audit chain holds, and the denials that mattered.</summary>
internal sealed class SummaryReport(TextWriter output, bool colours)
{
    private readonly IAnsiConsole console = ReportConsole.Create(output, colours);

    public void Write(Summary summary)
    {
        console.WriteLine();
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("what", "value");
        table.AddRow("session", Markup.Escape($"{summary.SessionId}  exit {summary.ExitCode} ({summary.EndReason})  {Seconds(summary.DurationMs)}"));
        table.AddRow("files", Plane(summary.Files, "read", $"{Bytes(summary.FileBytes)}"));
        table.AddRow("egress", Plane(summary.Egress, "allowed", null));
        table.AddRow("secrets", Plane(summary.Secrets, "leases", null));
        table.AddRow("inference", Plane(summary.Inference, "requests", $"{summary.Tokens.ToString("N0", CultureInfo.InvariantCulture)} tokens"));
        if (summary.ChangesWaiting > 0)
        {
            var held = summary.ChangesHeld == 0 ? "" : $", [yellow]{summary.ChangesHeld} held[/]";
            table.AddRow("changes", $"{summary.ChangesWaiting} wait{held}: secure-agent changes show {Markup.Escape(summary.SessionId)}");
        }

        table.AddRow("audit", summary.AuditVerified
            ? $"{summary.AuditRecords} records, [green]chain verified[/]"
            : $"{summary.AuditRecords} records, [red]chain broken[/]: {Markup.Escape(UntrustedText.Line(summary.AuditError))}");
        if (summary.Driver is not ("" or "bubblewrap"))
        {
            table.AddRow("sandbox", Markup.Escape(UntrustedText.Line(summary.Driver)));
        }

        if (summary.Alarms.Count > 0)
        {
            table.AddRow("[red]alarms[/]", Markup.Escape(string.Join(", ", summary.Alarms.Select(alarm => $"{alarm.Plane} {UntrustedText.Line(alarm.Subject)} ({alarm.Reason})"))));
        }

        if (summary.Degraded.Count > 0)
        {
            table.AddRow("[red]degraded[/]", Markup.Escape(string.Join(", ", summary.Degraded)));
        }

        console.Write(table);
        foreach (var denial in summary.Denials)
        {
            Write(denial);
        }
    }

    private static string Plane(PlaneCounts counts, string allowed, string? more)
    {
        var denied = counts.Denied == 0 ? "0 denied" : $"[red]{counts.Denied} denied[/]";
        return $"{counts.Allowed} {allowed}, {denied}{(more is null ? "" : $", {more}")}";
    }

    private static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString("0.0 s", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes < 1024
        ? $"{bytes} B"
        : bytes < 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");

    private void Write(Denial denial)
    {
        var rule = denial.Rule.Length == 0 ? "no rule" : denial.Rule;
        console.MarkupLine($"[red]denied[/] {denial.Count}x {Markup.Escape(denial.Plane)} {Markup.Escape(UntrustedText.Line(denial.Subject))}: {Markup.Escape(denial.Reason)} ({Markup.Escape(rule)})");
        if (denial.Suggestion.Length > 0)
        {
            console.MarkupLine("  to allow it, add to the profile:");
            foreach (var line in denial.Suggestion.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                console.WriteLine($"    {UntrustedText.Line(line)}");
            }
        }
    }
}
