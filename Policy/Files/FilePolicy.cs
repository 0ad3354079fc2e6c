using SecureAgent.Policy.Document;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Files;

/// <summary>What is asked of the file plane.</summary>
public enum FileOperation
{
    Stat,
    List,
    Read,
    Write,

    /// <summary>A change that waits for the operator.</summary>
    Propose,
}

/// <summary>Decides by path alone. What only the opened handle knows (kind, links, size) is decided in <see cref="FileHandlePolicy"/>.</summary>
public static class FilePolicy
{
    /// <summary>
    /// Judges a raw path as the client sent it against one grant, deny globs before allow globs. A deny glob that matches a directory denies
    /// everything below it, in any case and Unicode form.
    /// </summary>
    /// <remarks>
    /// Listing, and stat of the root, are decided as <see cref="DecideDirectory(FileGrant, string)"/>. Stat of a path that the allow globs do not match
    /// may be asked again there once the handle is known to be a directory.
    /// </remarks>
    /// <param name="path">'/'-separated, relative to the root, not yet trusted. "" is the root itself.</param>
    public static Decision Decide(FileGrant grant, string path, FileOperation operation) => Decide([grant], path, operation);

    /// <summary>
    /// The same question to the grants of a profile: those of the path's root answer (<see cref="FileRoots"/>), a deny glob of any of them before an allow glob of any
    /// other. The grant to take limits from is <see cref="GrantOf"/>.
    /// </summary>
    public static Decision Decide(IReadOnlyList<FileGrant> grants, string path, FileOperation operation)
    {
        ArgumentNullException.ThrowIfNull(grants);
        ArgumentNullException.ThrowIfNull(path);
        if (operation == FileOperation.List || (operation == FileOperation.Stat && path.Length == 0))
        {
            return DecideDirectory(grants, path);
        }

        (grants, path) = FileRoots.Route(grants, path);
        return operation switch
        {
            FileOperation.Stat when path.Length == 0 => Directory(grants, path),
            FileOperation.Read or FileOperation.Write or FileOperation.Propose when path.Length == 0 => Decision.Deny(ReasonCode.PathInvalid),
            FileOperation.Stat or FileOperation.Read or FileOperation.Write or FileOperation.Propose =>
                Judge(grants, path, NeededFor(operation), static (glob, subject) => glob.IsMatch(subject)),
            _ => default,
        };
    }

    /// <summary>True when a directory may be listed because something below it may match an allow glob and it is not denied.</summary>
    public static Decision DecideDirectory(FileGrant grant, string path) => DecideDirectory([grant], path);

    /// <summary>The same question to the grants of a profile. The top may be listed when it holds other roots, too.</summary>
    public static Decision DecideDirectory(IReadOnlyList<FileGrant> grants, string path)
    {
        ArgumentNullException.ThrowIfNull(grants);
        ArgumentNullException.ThrowIfNull(path);
        var (routed, inner) = FileRoots.Route(grants, path);
        var decision = Directory(routed, inner);
        return decision.IsAllowed || path.Length > 0
            ? decision
            : grants.Where(grant => grant.Root != FileRoots.Workspace).Select(grant => Directory([grant], "")).FirstOrDefault(below => below.IsAllowed, decision);
    }

    private static Decision Directory(IReadOnlyList<FileGrant> grants, string path) =>
        Judge(grants, path, FileAccessMode.Read, static (glob, subject) => glob.CouldMatchBelow(subject));

    /// <summary>The grant whose allow glob decided; null for a denial.</summary>
    public static FileGrant? GrantOf(IReadOnlyList<FileGrant> grants, Decision decision)
    {
        ArgumentNullException.ThrowIfNull(grants);
        return decision is { IsAllowed: true, Rule: { } rule }
            ? grants.FirstOrDefault(grant => rule.Path.StartsWith(grant.Rule.Path + ".", StringComparison.Ordinal))
            : null;
    }

    private static Decision Judge(IReadOnlyList<FileGrant> grants, string path, FileAccessMode needed, Func<Glob, string, bool> matches)
    {
        if (FilePath.Fault(path) is { } fault)
        {
            return Decision.Deny(fault);
        }

        var folded = CaseFold.Of(path);
        foreach (var grant in grants)
        {
            for (var at = 0; at < grant.Deny.Count; at++)
            {
                if (grant.Deny[at].Denies(path, folded))
                {
                    return Decision.Deny(ReasonCode.DeniedByRule, RuleOf(grant, "deny", at, grant.Deny[at]));
                }
            }
        }

        // The first refusal that is nearer to an allowance than "no rule" is the one worth reporting.
        var nearest = Decision.Deny(ReasonCode.NoRule);
        var hidden = FilePath.IsHidden(path, folded);
        if (Pinned(grants, path, needed) is { } pinned)
        {
            return Decision.Deny(ReasonCode.AccessNotGranted, pinned);
        }

        foreach (var grant in grants)
        {
            for (var at = 0; at < grant.Allow.Count; at++)
            {
                if (!matches(grant.Allow[at], path))
                {
                    continue;
                }

                var rule = RuleOf(grant, "allow", at, grant.Allow[at]);
                if (hidden && !grant.Hidden)
                {
                    nearest = nearest.IsDefault ? Decision.Deny(ReasonCode.PathHidden, grant.Rule) : nearest;
                }
                else if (!Grants(grant.Access, needed))
                {
                    nearest = nearest.IsDefault ? Decision.Deny(ReasonCode.AccessNotGranted, grant.Rule) : nearest;
                }
                else
                {
                    return Decision.Allow(rule);
                }
            }
        }

        return nearest;
    }

    /// <summary>
    /// An entry that names this very path, without wildcards, and gives less than is needed: it decides before wider patterns, so that one file in a
    /// writable tree can be read-only.
    /// </summary>
    private static RuleRef? Pinned(IReadOnlyList<FileGrant> grants, string path, FileAccessMode needed)
    {
        foreach (var grant in grants.Where(grant => !Grants(grant.Access, needed)))
        {
            for (var at = 0; at < grant.Allow.Count; at++)
            {
                if (grant.Allow[at].Text == path)
                {
                    return RuleOf(grant, "allow", at, grant.Allow[at]);
                }
            }
        }

        return null;
    }

    private static FileAccessMode NeededFor(FileOperation operation) => operation switch
    {
        FileOperation.Write => FileAccessMode.Write,
        FileOperation.Propose => FileAccessMode.Propose,
        _ => FileAccessMode.Read,
    };

    /// <summary>An undefined access mode grants nothing; a proposal is not a write.</summary>
    private static bool Grants(FileAccessMode granted, FileAccessMode needed) => needed switch
    {
        FileAccessMode.Read => granted is FileAccessMode.Read or FileAccessMode.Propose or FileAccessMode.Write,
        FileAccessMode.Propose => granted is FileAccessMode.Propose or FileAccessMode.Write,
        FileAccessMode.Write => granted is FileAccessMode.Write,
        _ => false,
    };

    private static RuleRef RuleOf(FileGrant grant, string list, int at, Glob glob) =>
        new($"{grant.Rule.Path}.{list}[{at}]", glob.Text, glob.Line > 0 ? glob.Line : grant.Rule.Line);
}
