using System.CommandLine;
using System.Globalization;
using SecureAgent.Cli.Terminal;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.Cli.Audit;

/// <summary><c>audit show|verify</c>: reads the data directory; needs no server.</summary>
internal static class AuditCommands
{
    public static Command Create() => new("audit", "The evidence: what was asked, decided and released.") { Show(), Verify() };

    private static Command Show()
    {
        var data = CommonOptions.Data();
        var json = new Option<bool>("--json") { Description = "The records as they were written: one JSON object a line." };
        var session = new Option<string?>("--session") { Description = "Only this session's records." };
        var denied = new Option<bool>("--denied") { Description = "Only denials." };
        var show = new Command("show", "Records of all components, in time order.") { data, json, session, denied };
        show.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            var directory = result.DataOf(data);
            var records = Records(directory);
            if (result.GetValue(session) is { } id)
            {
                var own = records.Where(record => record.Session == id).ToList();

                // Nothing to show for a misspelt id would read as "nothing was denied".
                records = own.Count > 0 ? own : throw new CommandException($"no record of '{directory}' names the session '{id}'; ids are in: secure-agent audit show");
            }

            foreach (var record in records.Where(record => !result.GetValue(denied) || record is { IsDecision: true, IsAllowed: false }).OrderBy(record => record.Time))
            {
                output.WriteLine(result.GetValue(json) ? record.Json : Line(record));
            }

            return 0;
        });
        return show;
    }

    private static Command Verify()
    {
        var data = CommonOptions.Data();
        var verify = new Command("verify", "Recompute every hash chain. Exit code 1 and the line's name when one does not hold.") { data };
        verify.SetAction(result =>
        {
            var verification = Read(result.DataOf(data), AuditVerifier.Verify);
            foreach (var fault in verification.Faults)
            {
                result.InvocationConfiguration.Error.WriteLine($"secure-agent: {fault}");
            }

            result.InvocationConfiguration.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{verification.Records} records, {(verification.IsValid ? "every chain holds" : $"{verification.Faults.Count} faults")}"));
            return verification.IsValid ? 0 : 1;
        });
        return verify;
    }

    private static List<AuditRecord> Records(string dataDirectory) => Read(dataDirectory, root => AuditReader.Read(root, AuditPosition.Start).ToList());

    private static T Read<T>(string dataDirectory, Func<string, T> read)
    {
        var root = Path.Combine(dataDirectory, "audit");
        try
        {
            return Directory.Exists(root) ? read(root) : throw new CommandException($"there is no audit log in '{dataDirectory}'; name the server's data directory with --data DIR");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the audit log in '{dataDirectory}' cannot be read ({error.Message}); run this as the server's user, or name another data directory with --data DIR");
        }
    }

    private static string Line(AuditRecord record)
    {
        var verdict = record.IsDecision ? $"{record.Verdict} {record.Reason} {record.Rule ?? "no rule"}" : record.Kind;
        var facts = string.Join(' ', record.Facts.Select(fact => $"{fact.Key}={fact.Value}"));
        return UntrustedText.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Time:HH:mm:ss.ffffff} {record.Component,-17} {record.Session ?? "-",-12} {record.Plane,-9} {verdict}  {record.Subject} {facts}")).TrimEnd();
    }
}
