using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.FileGate.Access;

/// <summary>
/// The one place where file access is decided, whatever the surface. The order is always: the path against the policy, without touching the
/// disk (so a denied path answers the same whether it exists or not); the open, confined below the root handle; the facts of that handle.
/// </summary>
/// <remarks>Only decides. The caller writes the audit record before it releases anything.</remarks>
internal static class FileAuthority
{
    /// <summary>A regular file, open for reading.</summary>
    /// <param name="atOnce">Rather <see cref="Opened.Later"/>, with nothing decided, than waiting for a disk.</param>
    public static Opened OpenFile(FileSession session, string path, bool atOnce = false)
    {
        var decision = FilePolicy.Decide(session.Grants, path, FileOperation.Read);
        if (FilePolicy.GrantOf(session.Grants, decision) is not { } grant)
        {
            return Opened.Refused(Denied(decision));
        }

        var opened = Open(session, path, OpenFlags.ForRead, decision, grant, atOnce);
        if (opened.Handle is null)
        {
            return opened;
        }

        var facts = opened.Facts;
        var judged = FileHandlePolicy.Decide(grant, facts.IsRegular, facts.Links, facts.Size);
        return !judged.IsAllowed ? opened.Refuse(judged) : grant.Types == FileTypes.Any ? opened : JudgeType(opened, grant, atOnce);
    }

    private static Opened JudgeType(Opened opened, FileGrant grant, bool atOnce)
    {
        Span<byte> head = stackalloc byte[(int)Math.Min(ContentType.HeadBytes, opened.Facts.Size)];
        var error = 0;
        var read = atOnce ? Libc.ReadCached(opened.Handle!, head, 0) : Libc.Read(opened.Handle!, head, 0, out error);
        if (read < 0)
        {
            var refused = opened.Refuse(ReadFailed(error, grant));
            return atOnce ? Opened.Later : refused;
        }

        var judged = FileHandlePolicy.DecideType(grant, head[..read]);
        return judged.IsAllowed ? opened : opened.Refuse(judged);
    }

    /// <summary>A file or directory that may be described, not read. The size limit does not apply: the size is what is asked for.</summary>
    public static Opened OpenForStat(FileSession session, string path)
    {
        var asFile = FilePolicy.Decide(session.Grants, path, FileOperation.Stat);
        var asDirectory = FilePolicy.DecideDirectory(session.Grants, path);
        var decision = asFile.IsAllowed || !asDirectory.IsAllowed ? asFile : asDirectory;
        if (FilePolicy.GrantOf(session.Grants, decision) is not { } grant)
        {
            return Opened.Refused(Denied(decision));
        }

        var opened = Open(session, path, OpenFlags.ForStat, decision, grant);
        if (!asFile.IsAllowed && !(opened.Handle is not null && opened.Facts.IsDirectory))
        {
            // Allowed as a directory only: a file there, or nothing, must not be told apart from what no rule allows.
            return opened.Refuse(asFile);
        }

        if (opened.Handle is null || opened.Facts.IsDirectory)
        {
            return opened;
        }

        var judged = JudgeMetadata(grant, opened.Facts);
        return judged.IsAllowed ? opened : opened.Refuse(judged);
    }

    /// <summary>A directory whose names may be read.</summary>
    public static Opened OpenDirectory(FileSession session, string path)
    {
        var decision = FilePolicy.Decide(session.Grants, path, FileOperation.List);
        return FilePolicy.GrantOf(session.Grants, decision) is { } grant
            ? Open(session, path, OpenFlags.ForList, decision, grant)
            : Opened.Refused(Denied(decision));
    }

    /// <summary>Whether a child with these facts is shown in its directory's list.</summary>
    public static bool Shows(FileSession session, string path, in FileFacts facts)
    {
        if (facts.MountId != session.MountOf(path).Facts.MountId || TemporaryNames.IsIn(path))
        {
            return false;
        }

        if (facts.IsDirectory)
        {
            return FilePolicy.DecideDirectory(session.Grants, path).IsAllowed
                || FilePolicy.Decide(session.Grants, path, FileOperation.Stat).IsAllowed;
        }

        var decision = FilePolicy.Decide(session.Grants, path, FileOperation.Stat);
        return FilePolicy.GrantOf(session.Grants, decision) is { } grant && JudgeMetadata(grant, facts).IsAllowed;
    }

    private static Decision JudgeMetadata(FileGrant grant, in FileFacts facts) =>
        FileHandlePolicy.Decide(grant, facts.IsRegular, facts.Links, size: 0);

    private static Opened Open(FileSession session, string path, ulong flags, Decision decision, FileGrant grant, bool atOnce = false)
    {
        DescriptorHandle? handle = null;
        try
        {
            var error = OpenNow(session, path, flags, out handle, out var facts, atOnce);
            if (error == 0)
            {
                return new Opened(decision, handle, facts, grant);
            }

            handle.Dispose();
            if (atOnce && error is Libc.TryAgain or Libc.InvalidArgument)
            {
                return Opened.Later;
            }

            return Opened.Refused(Decision.Deny(ReasonOf(error), grant.Rule));
        }
        catch (ObjectDisposedException)
        {
            // The session was closed under the request: its root handle is gone.
            handle?.Dispose();
            return Opened.Refused(Decision.Deny(ReasonCode.SessionClosed));
        }
    }

    /// <summary>Facts of whatever is at a path, as the session sees it; nothing is decided.</summary>
    /// <returns>0, or the errno.</returns>
    public static int Look(FileSession session, string path, out FileFacts facts)
    {
        facts = default;
        try
        {
            var error = OpenNow(session, path, OpenFlags.ForStat, out var handle, out facts);
            handle.Dispose();
            return error;
        }
        catch (ObjectDisposedException)
        {
            return Libc.Closed;
        }
    }

    /// <summary>The content of a file as it is, if it still is the one described.</summary>
    public static int ReadAll(FileSession session, string path, in FileFacts expected, out byte[] content)
    {
        content = [];
        var error = OpenNow(session, path, OpenFlags.ForRead, out var handle, out var facts);
        using (handle)
        {
            if (error != 0 || facts.AsVersion() != expected.AsVersion())
            {
                return error != 0 ? error : TreeCalls.Exists;
            }

            content = new byte[facts.Size];
            return Libc.Read(handle, content, 0, out error) == content.Length ? 0 : error != 0 ? error : TreeCalls.Exists;
        }
    }

    /// <summary>The session's own proposals lie over the folder.</summary>
    private static int OpenNow(FileSession session, string path, ulong flags, out DescriptorHandle handle, out FileFacts facts, bool atOnce = false)
    {
        var mount = session.Resolve(path, out var inner);
        ObjectDisposedException.ThrowIf(mount.Root.IsClosed, mount.Root);
        facts = default;
        if (TemporaryNames.IsIn(path) || mount.Root.IsInvalid)
        {
            handle = new DescriptorHandle(-1);
            return Libc.NoEntry;
        }

        if (mount.Changes.Find(inner) is { } staged)
        {
            if (atOnce)
            {
                handle = new DescriptorHandle(-1);
                return Libc.TryAgain;
            }

            return mount.Changes.Open(staged, mount.Facts.MountId, flags, out handle, out facts);
        }

        var error = mount.Root.Open(inner.Length == 0 ? "." : inner, flags, out handle, atOnce);
        return error != 0 ? error : Libc.Describe(handle, out facts);
    }

    /// <summary>A verdict that names no grant is no allowance.</summary>
    private static Decision Denied(Decision decision) => decision.IsAllowed ? default : decision;

    /// <summary>Why an open file could not be read.</summary>
    public static Decision ReadFailed(int error, FileGrant grant) => Decision.Deny(ReasonOf(error), grant.Rule);

    /// <summary>What the kernel's refusal means. Anything unforeseen is the gate's failure, not the client's.</summary>
    public static ReasonCode ReasonOf(int error) => error switch
    {
        Libc.Closed => ReasonCode.SessionClosed,
        TreeCalls.Exists => ReasonCode.ChangeConflict,
        Libc.NoEntry or Libc.NotDirectory => ReasonCode.NotFound,
        Libc.Loop or Libc.CrossDevice => ReasonCode.PathEscapes,
        Libc.NameTooLong or Libc.InvalidArgument => ReasonCode.PathInvalid,
        Libc.AccessDenied or Libc.NotPermitted => ReasonCode.AccessNotGranted,
        Libc.NoDevice or Libc.NoSuchDevice or Libc.IsDirectory => ReasonCode.NotRegularFile,
        _ => ReasonCode.GateUnavailable,
    };
}
