using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Files;

/// <summary>Decides on facts read from an open handle.</summary>
public static class FileHandlePolicy
{
    /// <param name="linkCount">Names of the inode; 0 when it was removed after it was opened.</param>
    /// <param name="size">Bytes.</param>
    public static Decision Decide(FileGrant grant, bool isRegularFile, long linkCount, long size)
    {
        ArgumentNullException.ThrowIfNull(grant);
        if (!isRegularFile)
        {
            return Decision.Deny(ReasonCode.NotRegularFile, grant.Rule);
        }

        if (linkCount < 1)
        {
            return Decision.Deny(ReasonCode.NotFound, grant.Rule);
        }

        // A second name may lead out of the root: the policy judged only the one it was asked for.
        if (linkCount > 1 && !grant.HardLinks)
        {
            return Decision.Deny(ReasonCode.HardLinked, grant.Rule);
        }

        return size < 0 || size > grant.MaxFileBytes
            ? Decision.Deny(ReasonCode.FileTooLarge, grant.Rule)
            : Decision.Allow(grant.Rule);
    }

    /// <param name="head">The first <see cref="ContentType.HeadBytes"/> of the content, or all when there are fewer.</param>
    public static Decision DecideType(FileGrant grant, ReadOnlySpan<byte> head)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return grant.Types == FileTypes.Any || (ContentType.Of(head) & grant.Types) != FileTypes.None
            ? Decision.Allow(grant.Rule)
            : Decision.Deny(ReasonCode.TypeNotAllowed, grant.Rule);
    }

    /// <summary>Whether one more file may be read or written when <paramref name="already"/> were.</summary>
    public static Decision DecideFileCount(FileGrant grant, int already)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return already >= 0 && already < grant.MaxFiles ? Decision.Allow(grant.Rule) : Decision.Deny(ReasonCode.BudgetExceeded, grant.Rule);
    }

    /// <summary>Whether <paramref name="bytes"/> more may be read when <paramref name="alreadyRead"/> were.</summary>
    public static Decision DecideBudget(FileGrant grant, long alreadyRead, long bytes)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return alreadyRead >= 0 && bytes >= 0 && alreadyRead <= grant.BudgetBytes && bytes <= grant.BudgetBytes - alreadyRead
            ? Decision.Allow(grant.Rule)
            : Decision.Deny(ReasonCode.BudgetExceeded, grant.Rule);
    }
}
