using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Asking;

/// <summary>
/// Changes for every surface. With <c>ask: [write]</c> one of a path that may be read and not be changed is held until the operator has decided on the difference it makes; what is then
/// done is that change, of that version of the file, or nothing.
/// </summary>
internal sealed class AskedChanger(FileChanger changer, SessionQuestions questions, DecisionRecorder recorder, IOptions<FileGateOptions> options)
{
    public Task<Answer<ChangeOutcome>> WriteAsync(FileSession session, string path, ReadOnlyMemory<byte> content, ChangeTerms terms, CancellationToken cancellationToken) => RunAsync(
        session, terms, new AskedChange([path], "write", () => ChangePreview.OfWrite(session, path, content), content.Length, () => Convert.ToHexStringLower(SHA256.HashData(content.Span))),
        known => changer.Write(session, path, content, known), cancellationToken);

    public Task<Answer<ChangeOutcome>> DeleteAsync(FileSession session, string path, ChangeTerms terms, CancellationToken cancellationToken) => RunAsync(
        session, terms, new AskedChange([path], "delete", () => ChangePreview.OfDelete(session, path)), known => changer.Delete(session, path, known), cancellationToken);

    public Task<Answer<ChangeOutcome>> CreateDirectoryAsync(FileSession session, string path, ChangeTerms terms, CancellationToken cancellationToken) => RunAsync(
        session, terms, new AskedChange([path], "directory", () => $"new directory {path}\n"), known => changer.CreateDirectory(session, path, known), cancellationToken);

    public Task<Answer<ChangeOutcome>> MoveAsync(FileSession session, string from, string to, ChangeTerms terms, CancellationToken cancellationToken) => RunAsync(
        session, terms, new AskedChange([from, to], "move", () => $"rename from {from}\nrename to {to}\n"), known => changer.Move(session, from, to, known), cancellationToken);

    public Task<Answer<ChangeOutcome>> SetModeAsync(FileSession session, string path, int mode, ChangeTerms terms, CancellationToken cancellationToken) => RunAsync(
        session, terms, new AskedChange([path], "mode", () => $"mode of {path} becomes {FileModes.Write(mode)}\n"), known => changer.SetMode(session, path, mode, known), cancellationToken);

    /// <summary>Whether the path may be changed, or the operator may be asked for it.</summary>
    public static bool MayChange(FileSession session, string path) =>
        ChangeRight.Of(session, path, default) is var right && (right.Grant is not null || IsForTheOperator(session, right));

    private async Task<Answer<ChangeOutcome>> RunAsync(
        FileSession session, ChangeTerms terms, AskedChange asked, Func<ChangeTerms, Answer<ChangeOutcome>> change, CancellationToken cancellationToken)
    {
        var held = asked.Paths.Where(path => IsForTheOperator(session, ChangeRight.Of(session, path, terms))).ToList();
        if (held.Count == 0)
        {
            return change(terms);
        }

        if (held.FirstOrDefault(path => session.Asked.Find(path) == false) is { } denied)
        {
            return Refuse(session, denied, ReasonCode.DeniedByOperator);
        }

        var approved = terms with { IsApproved = true };
        if (held.All(path => session.Asked.Find(path) == true))
        {
            return change(approved);
        }

        // Nobody is asked for what could not be done anyway, and what is done is what was looked at.
        var pinned = Pin(session, asked.Paths[0], approved);
        var possible = change(pinned with { OnlyCheck = true });
        return possible.Refusal is not null ? possible
            : await AskAsync(session, held, asked, cancellationToken) is { } reason ? Refuse(session, held[0], reason)
            : change(pinned);
    }

    /// <summary>Null when the operator lets it happen.</summary>
    private async Task<ReasonCode?> AskAsync(FileSession session, List<string> held, AskedChange asked, CancellationToken cancellationToken)
    {
        var right = ChangeRight.Of(session, held[0], default);
        if (!session.Asked.TryBegin())
        {
            return right.Decision.Reason;
        }

        try
        {
            if (!recorder.Asked(session, held[0], [AuditFact.Of("change", asked.Verb), AuditFact.Of("bytes", asked.Bytes), AuditFact.Of("sha256", asked.Hash?.Invoke())]))
            {
                return ReasonCode.AuditUnavailable;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(session.Context.Closed, cancellationToken);
            var outcome = await questions.AskAsync(
                session.Context, new OperatorQuestion(AuditPlanes.Files, held[0], right.Decision.Reason, right.Decision.Rule?.ToString() ?? "", asked.Preview()), options.Value.AskTimeout, over.Token);
            if (outcome is QuestionOutcome.Session or QuestionOutcome.Denied)
            {
                foreach (var path in held)
                {
                    session.Asked.Keep(path, outcome == QuestionOutcome.Session);
                }
            }

            return outcome switch
            {
                // The policy may have changed, and the session been frozen, while it waited.
                QuestionOutcome.Once or QuestionOutcome.Session => session.Context.IsFrozen ? ReasonCode.SessionFrozen : IsAsked(session) ? null : ReasonCode.AccessNotGranted,
                QuestionOutcome.Denied => ReasonCode.DeniedByOperator,
                QuestionOutcome.TimedOut => ReasonCode.AskTimedOut,
                _ => ReasonCode.SessionClosed,
            };
        }
        finally
        {
            session.Asked.End();
        }
    }

    /// <summary>The version that the operator sees.</summary>
    private static ChangeTerms Pin(FileSession session, string path, ChangeTerms terms)
    {
        var error = FileAuthority.Look(session, path, out var facts);
        return error == Libc.NoEntry ? terms with { MustBeNew = true } : error == 0 && facts.IsRegular ? terms with { Version = facts } : terms;
    }

    private Refusal Refuse(FileSession session, string path, ReasonCode reason) =>
        recorder.Refuse(session, FileOperations.Write, path, Decision.Deny(reason, ChangeRight.OperatorsRule(path)));

    private static bool IsForTheOperator(FileSession session, ChangeRight right) => right.Decision is { IsAllowed: false, Reason: ReasonCode.AccessNotGranted } && IsAsked(session);

    private static bool IsAsked(FileSession session) => session.Context.Profile.Ask.Contains("write", StringComparer.Ordinal);
}

/// <summary>What the operator is shown, and what the record says of it.</summary>
/// <param name="Paths">The first is the one that is changed.</param>
internal sealed record AskedChange(IReadOnlyList<string> Paths, string Verb, Func<string> Preview, long Bytes = 0, Func<string>? Hash = null);
