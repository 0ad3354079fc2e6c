using System.Text;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Asking;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Editing;

/// <param name="Diff">Hunks of a unified difference.</param>
/// <param name="Change">Null for a dry run.</param>
internal sealed record EditOutcome(string Diff, ChangeOutcome? Change);

/// <param name="Version">What it was made on.</param>
/// <param name="Paid">Of which the difference was taken.</param>
internal sealed record MadeEdit(string Diff, byte[] Content, FileFacts Version, ByteBudget Paid);

/// <summary>Edits of text files. What the session learns of the file on the way is a read: decided, paid for and recorded as one, and masked.</summary>
internal sealed class FileEditor(DecisionRecorder recorder, AskedChanger changer, ContentTags tags, IOptions<FileGateOptions> options)
{
    public async Task<Answer<EditOutcome>> EditAsync(FileSession session, string path, IReadOnlyList<TextEdit> edits, bool dryRun, CancellationToken cancellationToken)
    {
        var made = Make(session, path, edits);
        if (dryRun || made.Value is not { } edit)
        {
            return made.Value is { } shown ? new EditOutcome(shown.Diff, null) : made.Refusal!;
        }

        // A version that is no longer there is a conflict, so nothing is held between the two.
        var changed = await changer.WriteAsync(session, path, edit.Content, new ChangeTerms(Version: edit.Version), cancellationToken);
        if (changed.Value is { } outcome)
        {
            return new EditOutcome(edit.Diff, outcome);
        }

        // The difference is not shown then.
        edit.Paid.Return(Encoding.UTF8.GetByteCount(edit.Diff));
        return changed.Refusal!;
    }

    private Answer<MadeEdit> Make(FileSession session, string path, IReadOnlyList<TextEdit> edits)
    {
        lock (session.MountOf(path).Changes.Turn)
        {
            if (!AskedChanger.MayChange(session, path))
            {
                return recorder.Refuse(session, FileOperations.Write, path, ChangeRight.Of(session, path, default).Decision);
            }

            using var opened = FileAuthority.OpenFile(session, path);
            if (opened is not { Handle: { } file, Grant: { } grant })
            {
                return recorder.Refuse(session, FileOperations.Read, path, opened.Decision);
            }

            if (opened.Facts.Size > options.Value.MaxChangeBytes)
            {
                return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.FileTooLarge, grant.Rule));
            }

            var content = new byte[opened.Facts.Size];
            if (Libc.Read(file, content, 0, out _) != content.Length)
            {
                return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.ChangeConflict, grant.Rule));
            }

            var before = MaskedText.Of(content, grant.Redact != RedactionMode.Off);
            var blocked = grant.Redact == RedactionMode.Block && before.HoldsSecret;
            var (after, fault) = blocked ? (before, EditFault.Secret) : TextEdits.Apply(before, edits);
            if (fault != EditFault.None)
            {
                var refused = recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(
                    fault == EditFault.Secret ? ReasonCode.SecretFound : ReasonCode.ChangeConflict, grant.Rule));
                return fault == EditFault.Missing ? refused with { Message = $"The text that an edit replaces is not in '{path}' as it is now; nothing was changed. Read it, and give oldText as it stands there." } : refused;
            }

            var bytes = Encoding.Latin1.GetBytes(after.Raw);
            var diff = UnifiedDiff.Hunks(Text(before), Text(MaskedText.Of(bytes, grant.Redact != RedactionMode.Off)));
            return Pay(session, path, opened, diff) is { } refusal ? refusal : new MadeEdit(diff, bytes, opened.Facts, session.BudgetOf(grant));
        }
    }

    private Refusal? Pay(FileSession session, string path, Opened opened, string diff)
    {
        var bytes = Encoding.UTF8.GetByteCount(diff);
        var budget = session.BudgetOf(opened.Grant!);
        var taken = budget.Take(path, bytes);
        var decision = recorder.Record(
            session, FileOperations.Read, path, taken.IsAllowed ? opened.Decision : taken,
            AuditFact.Of("bytes", taken.IsAllowed ? bytes : 0), AuditFact.Of("diff", true), AuditFact.Of("etag", tags.Of(opened)));
        if (!decision.IsAllowed && taken.IsAllowed)
        {
            budget.Return(bytes);
        }

        return decision.IsAllowed ? null : Refusal.Of(session, path, decision);
    }

    private static string Text(MaskedText text) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text.Shown));
}
