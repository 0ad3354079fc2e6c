namespace SecureAgent.FileGate.Native;

/// <summary>
/// For systems without openat2: opens one name at a time, each below the handle of the one before, never through a link and never onto another
/// device. Nothing is looked at by name and opened later, so a name that is swapped meanwhile wins nothing.
/// </summary>
internal sealed class WalkingOpener(IWalkCalls calls) : IHandleOpener
{
    private const string Itself = ".";
    private const char Separator = '/';

    public int Open(DescriptorHandle root, string path, ulong flags, bool atOnce, out DescriptorHandle handle)
    {
        handle = new DescriptorHandle(-1);
        if (atOnce)
        {
            // There is no asking whether a walk would wait.
            return Libc.TryAgain;
        }

        if (Judge(path) is not 0 and var refused)
        {
            return refused;
        }

        var error = calls.Describe(root, out var start);
        return error != 0 ? error : Walk(root, start, path.Split(Separator), flags, out handle);
    }

    private int Walk(DescriptorHandle root, in FileFacts start, string[] names, ulong flags, out DescriptorHandle handle)
    {
        handle = root;
        for (var at = 0; at < names.Length; at++)
        {
            var isLast = at == names.Length - 1;
            var error = Step(handle, names[at], isLast ? flags : OpenFlags.ForRoot | OpenFlags.NoFollow, start, out var next);
            if (error == Libc.NotDirectory && !isLast && calls.IsLink(handle, names[at]))
            {
                // It is refused whatever it is; this only says why.
                error = Libc.Loop;
            }

            if (!ReferenceEquals(handle, root))
            {
                handle.Dispose();
            }

            handle = next;
            if (error != 0)
            {
                return error;
            }
        }

        return 0;
    }

    private int Step(DescriptorHandle directory, string name, ulong flags, in FileFacts start, out DescriptorHandle next)
    {
        var error = calls.OpenOne(directory, name, flags, out next);
        FileFacts facts = default;
        error = error != 0 ? error : calls.Describe(next, out facts);
        if (error == 0 && (facts.Device != start.Device || facts.MountId != start.MountId))
        {
            error = Libc.CrossDevice;
        }

        if (error != 0)
        {
            next.Dispose();
            next = new DescriptorHandle(-1);
        }

        return error;
    }

    /// <summary>0 for the root itself, and for plain names.</summary>
    private static int Judge(string path)
    {
        if (path == Itself)
        {
            return 0;
        }

        if (path.StartsWith(Separator) || path.Split(Separator).Contains(".."))
        {
            return Libc.CrossDevice;
        }

        return path.Contains('\0', StringComparison.Ordinal) || path.Split(Separator).Any(name => name is "" or Itself) ? Libc.InvalidArgument : 0;
    }
}
