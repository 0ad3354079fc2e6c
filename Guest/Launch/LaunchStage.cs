using System.Globalization;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;
using SecureAgent.Guest.Network;

namespace SecureAgent.Guest.Launch;

/// <summary>
/// First stage, on the host with the server's own uid: ties its life to the runner's thread and enters the session's control groups, which the kernel may take
/// 20 ms for, and so ahead of the session: it then waits for its order. Of a server that is root it makes the network and gives up that identity. Then it becomes the
/// rest of the chain, which inherits all of it.
/// </summary>
internal static class LaunchStage
{
    /// <param name="args"><c>[--parent PID] [--cgroup DIR]… --order stdin</c>, or the order itself: <c>[--network new [--packet-fd N]] [--uid N] -- COMMAND…</c></param>
    public static int Run(IReadOnlyList<string> args)
    {
        var options = StageArguments.Parse(args);
        var parent = options.Single("--parent");
        DieWith(parent);
        foreach (var directory in options.All("--cgroup"))
        {
            Join(directory);
        }

        var order = options;
        if (options.Single("--order") is not null)
        {
            if (LaunchOrder.Receive() is not { } words)
            {
                return ExitCodes.SandboxFailed; // the runner wants no sandbox any more
            }

            order = StageArguments.Parse(words);
        }

        if (order.Single("--network") is not null)
        {
            SandboxNetwork.Enter();
            SandboxNetwork.SetUp(order);
        }

        if (order.Single("--uid") is { } uid)
        {
            SessionIdentity.Become(uint.Parse(uid, CultureInfo.InvariantCulture));
            DieWith(parent); // the kernel forgets the signal when credentials change
        }

        throw ProcessImage.Replace(order.Command);
    }

    private static void DieWith(string? parent)
    {
        if (Libc.Prctl(Linux.PR_SET_PDEATHSIG, Linux.SIGKILL) != 0)
        {
            throw GuestException.FromErrno("PR_SET_PDEATHSIG");
        }

        // The runner may have died before the call above; then nobody would ever end this process.
        if (parent is not null && Libc.GetPpid().ToString(null, null) != parent)
        {
            throw new GuestException("the runner that started this sandbox is gone");
        }
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
            throw new GuestException($"cannot join control group {directory}: {failure.Message}", SandboxLayers.Limits, failure);
        }
    }
}
