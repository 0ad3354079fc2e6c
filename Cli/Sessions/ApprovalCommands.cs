using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using SecureAgent.Cli.Terminal;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.Cli.Sessions;

/// <summary><c>session approvals|approve|deny</c>: requests that wait for the operator.</summary>
internal static class ApprovalCommands
{
    public static IReadOnlyList<Command> Create() => [List(), Approve(), Deny()];

    private static Command List()
    {
        var data = CommonOptions.Data();
        var session = new Argument<string?>("session") { Description = "Session id or name; all when left out.", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Stay, and print what comes." };
        var list = new Command("approvals", "What waits for your decision: what, who, why, and the policy lines that would allow it.") { session, follow, data };
        list.SetAction((result, cancellationToken) => SessionCommands.WithServerAsync(result.DataOf(data), async runner =>
        {
            var output = result.InvocationConfiguration.Output;
            using var call = runner.Approvals(
                new ApprovalsRequest { SessionId = result.GetValue(session) ?? "", OnlyWaiting = !result.GetValue(follow) }, cancellationToken: cancellationToken);
            await foreach (var next in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (next.Waiting is { } waiting)
                {
                    await output.WriteLineAsync(Describe(waiting, DateTimeOffset.FromUnixTimeMilliseconds(waiting.ExpiresUnixMs)));
                }
                else if (next.Settled is { } settled)
                {
                    await output.WriteLineAsync($"{settled.ApprovalId}  settled");
                }
            }
        }, cancellationToken));
        return list;
    }

    private static Command Approve()
    {
        var (id, data) = (new Argument<string>("id") { Description = "From session approvals." }, CommonOptions.Data());
        var once = new Option<bool>("--once") { Description = "This one request (the default)." };
        var forSession = new Option<bool>("--session") { Description = "The same again, until the session ends." };
        var always = new Option<bool>("--always") { Description = "As --session, and print the change of the policy file that allows it in later sessions, as a diff to review and apply." };
        var approve = new Command("approve", "Let a waiting request pass.") { id, once, forSession, always, data };
        approve.Validators.Add(result =>
        {
            if (new[] { once, forSession, always }.Count(option => result.GetValue(option)) > 1)
            {
                result.AddError("give one of --once, --session and --always");
            }
        });
        approve.SetAction((result, cancellationToken) => SessionCommands.WithServerAsync(result.DataOf(data), async runner =>
        {
            var scope = result.GetValue(forSession) || result.GetValue(always) ? ApprovalScope.Session : ApprovalScope.Once;
            var approval = await runner.DecideAsync(new DecideRequest { ApprovalId = result.GetValue(id), Allow = true, Scope = scope }, cancellationToken: cancellationToken);
            var output = result.InvocationConfiguration.Output;
            await output.WriteLineAsync($"{approval.ApprovalId} allowed {(scope == ApprovalScope.Once ? "once" : "for this session")}");
            if (result.GetValue(always))
            {
                await output.WriteLineAsync(Proposal(approval));
            }
        }, cancellationToken));
        return approve;
    }

    private static Command Deny()
    {
        var (id, data) = (new Argument<string>("id") { Description = "From session approvals." }, CommonOptions.Data());
        var deny = new Command("deny", "Refuse a waiting request now, and the same again in this session.") { id, data };
        deny.SetAction((result, cancellationToken) => SessionCommands.WithServerAsync(result.DataOf(data), async runner =>
        {
            var approval = await runner.DecideAsync(new DecideRequest { ApprovalId = result.GetValue(id), Allow = false, Scope = ApprovalScope.Session }, cancellationToken: cancellationToken);
            await result.InvocationConfiguration.Output.WriteLineAsync($"{approval.ApprovalId} denied");
        }, cancellationToken));
        return deny;
    }

    /// <summary>The agent's words are marked and cannot act on a terminal or begin a line.</summary>
    internal static string Describe(Approval waiting, DateTimeOffset until)
    {
        var name = waiting.SessionName.Length > 0 ? $" ({waiting.SessionName})" : "";
        var why = waiting.Rule.Length > 0 ? $"{waiting.Reason} by {UntrustedText.Line(waiting.Rule)}" : $"{waiting.Reason}: no rule names it";
        var lines = waiting.Suggestion.Length > 0 ? $"\n  policy that would allow it:\n{Lines(waiting.Suggestion)}" : "\n  no policy line would allow it";
        var detail = waiting.Detail.Length > 0 ? $"\n  change, in the agent's words:\n{Lines(waiting.Detail, "    | ")}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"""
            {waiting.ApprovalId}  until {until:HH:mm:ss} UTC, then refused
              who   {waiting.SessionId}{name}, profile {waiting.Profile}
              what  {waiting.Plane}: "{UntrustedText.Line(waiting.Subject)}" (the agent's words)
              why   {why}{lines}{detail}
            """);
    }

    /// <summary>What the operator may change for later sessions: a diff that <c>patch</c> takes, or the lines where the document has no place for a diff.</summary>
    internal static string Proposal(Approval approval)
    {
        var source = UntrustedText.Line(approval.PolicySource);
        return approval switch
        {
            { Suggestion: "" } => "no rule may allow it: later sessions ask again",
            { PolicyDiff: "" } => $"for later sessions, in profile {approval.Profile} of {source}:\n{Lines(approval.Suggestion)}",
            _ => $"for later sessions, a change of {source} for you to review and apply (patch FILE):\n"
                + string.Join('\n', approval.PolicyDiff.TrimEnd('\n').Split('\n').Select(UntrustedText.Line)),
        };
    }

    private static string Lines(string text, string before = "    ") => string.Join('\n', text.TrimEnd().Split('\n').Select(line => $"{before}{UntrustedText.Line(line)}"));
}
