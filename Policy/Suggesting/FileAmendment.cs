using SecureAgent.Policy.Document;
using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Document.Yaml;
using SecureAgent.Policy.Files;
using SecureAgent.Policy.Globs;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Suggesting;

internal static class FileAmendment
{
    private const string Workspace = FileRoots.Workspace;

    public static Amendment? Of(Profile profile, string path, ReasonCode reason)
    {
        if (path.Length == 0 || FilePath.Fault(path) is not null || FileRoots.Of(profile.Files, path).Root != Workspace)
        {
            return null;
        }

        var amendment = reason switch
        {
            ReasonCode.NoRule or ReasonCode.PathHidden => Allow(profile, path),
            ReasonCode.DeniedByRule => DropDeny(profile, path),
            ReasonCode.HardLinked => Widen(profile, path, "reads files with several names", grant => grant with { HardLinks = true }),
            ReasonCode.SecretFound => Widen(
                profile, path, "masks the secrets in files instead of refusing them",
                grant => grant.Redact == RedactionMode.Block ? grant with { Redact = RedactionMode.Mask } : grant),
            ReasonCode.FileTooLarge => Widen(
                profile, path, "doubles the size of a file that may be read", grant => grant with { MaxFileBytes = Double(grant.MaxFileBytes, 1L << 40) }),
            ReasonCode.BudgetExceeded => Widen(
                profile, path, "doubles what a session may read", grant => grant with { BudgetBytes = Double(grant.BudgetBytes, 1L << 50) }),
            _ => null,
        };
        return amendment is not null && FilePolicy.Decide(amendment.Profile.Files, path, FileOperation.Read).IsAllowed ? amendment : null;
    }

    /// <summary>Names the path in the grant that has the needed flag, or in a new one: a flag is never set for what another grant shows.</summary>
    private static Amendment? Allow(Profile profile, string path)
    {
        var needsHidden = FilePath.IsHidden(path, CaseFold.Of(path));
        var files = profile.Files;
        var at = Enumerable.Range(0, files.Count)
            .FirstOrDefault(at => files[at].Root == Workspace && files[at].Hidden == needsHidden && files[at].Access == FileAccessMode.Read, files.Count);
        if (FilePolicy.Decide(files, path, FileOperation.Read).IsAllowed || !Glob.TryParse(GlobText.Escape(path), out var glob, out _))
        {
            return null;
        }

        var grant = at < files.Count ? files[at] : New(needsHidden, at);
        return new Amendment(
            profile with { Files = Amendment.Replace(files, at, grant with { Allow = [.. grant.Allow, glob] }) },
            ProfileKeys.Files.Name, at, $"{(at < files.Count ? "changes" : "adds")} files[{at}]: reads {Display.Short(path)}");
    }

    /// <summary>There are no exceptions to a deny rule: allowing one path means to drop what denies it.</summary>
    private static Amendment? DropDeny(Profile profile, string path)
    {
        var folded = CaseFold.Of(path);
        var denying = profile.Files.SelectMany((grant, at) => grant.Root != Workspace ? [] : grant.Deny.Where(glob => glob.Denies(path, folded)).Select(glob => (At: at, Glob: glob))).ToList();
        if (denying.Count == 0 || denying.Any(found => found.At != denying[0].At))
        {
            return null;
        }

        var at = denying[0].At;
        var grant = profile.Files[at];
        var dropped = denying.Select(found => found.Glob).ToList();
        var opened = profile with { Files = Amendment.Replace(profile.Files, at, grant with { Deny = [.. grant.Deny.Except(dropped)] }) };
        return FilePolicy.Decide(opened.Files, path, FileOperation.Read).IsAllowed
            ? new Amendment(
                opened, ProfileKeys.Files.Name, at,
                $"changes files[{at}]: no longer denies {string.Join(", ", dropped.Select(glob => Display.Short(glob.Text)))}, whatever else that guarded")
            : null;
    }

    private static Amendment? Widen(Profile profile, string path, string what, Func<FileGrant, FileGrant> widen)
    {
        var grant = FilePolicy.GrantOf(profile.Files, FilePolicy.Decide(profile.Files, path, FileOperation.Read));
        if (grant is null || widen(grant) == grant)
        {
            return null;
        }

        var at = profile.Files.ToList().IndexOf(grant);
        return new Amendment(
            profile with { Files = Amendment.Replace(profile.Files, at, widen(grant)) }, ProfileKeys.Files.Name, at, $"changes files[{at}]: {what}");
    }

    private static FileGrant New(bool isHidden, int at) => new(
        Workspace, [], [], FileAccessMode.Read, FileKeys.DefaultMaxFile, FileKeys.DefaultBudget, isHidden, HardLinks: false, Amendment.NewRule($"files[{at}]", ""));

    private static long Double(long value, long max) => value > max / 2 ? max : value * 2;
}
