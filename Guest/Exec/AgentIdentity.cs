using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Exec;

/// <summary>
/// Where PID 1 has another uid than the agent: the exec stage gives up its uid and what capabilities it could ever get back. What stands in the way ends the start; probes look at the result.
/// </summary>
internal static class AgentIdentity
{
    private const int PR_CAPBSET_DROP = 24;
    private const int HighestCapability = 63;

    /// <param name="uid">Also the group; 0 leaves things as they are.</param>
    public static unsafe void Become(uint uid)
    {
        if (uid == 0)
        {
            return;
        }

        for (var capability = 0; capability <= HighestCapability; capability++)
        {
            _ = Libc.Prctl(PR_CAPBSET_DROP, (nuint)capability); // EINVAL beyond the kernel's last
        }

        if (Libc.SetGroups(0, null) != 0 || Libc.SetResGid(uid, uid, uid) != 0 || Libc.SetResUid(uid, uid, uid) != 0)
        {
            throw GuestException.FromErrno($"become uid {uid}");
        }
    }
}
