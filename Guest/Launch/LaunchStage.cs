using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Launch;

/// <summary>
/// First stage, on the host with the server's own uid: ties its life to the runner's thread and enters the session's
/// control groups, then becomes the rest of the chain. Everything later inherits both.
/// </summary>
internal static class LaunchStage
{
    /// <param name="args"><c>[--parent PID] [--cgroup DIR]… -- COMMAND…</c></param>
    public static int Run(IReadOnlyList<string> args)
    {
        var options = StageArguments.Parse(args);
        if (Libc.Prctl(Linux.PR_SET_PDEATHSIG, Linux.SIGKILL) != 0)
        {
            throw GuestException.FromErrno("PR_SET_PDEATHSIG");
        }

        // The runner may have died before the call above; then nobody would ever end this process.
        if (options.Single("--parent") is { } parent && Libc.GetPpid().ToString(null, null) != parent)
        {
            throw new GuestException("the runner that started this sandbox is gone");
        }

        foreach (var directory in options.All("--cgroup"))
        {
            Join(directory);
        }

        throw ProcessImage.Replace(options.Command);
    }

    private static void Join(string directory)
    {
        try
        {
            using var file = new FileStream(Path.Combine(directory, "cgroup.procs"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            file.Write("0"u8); // 0 is the writer itself, whatever its pid namespace
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new GuestException($"cannot join control group {directory}: {failure.Message}", failure);
        }
    }
}
