using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Launch;

/// <summary>A server that is root gives each session a uid of its own on the host: no capability, no group, and no program that could give one back.</summary>
internal static unsafe class SessionIdentity
{
    public static void Become(uint uid)
    {
        if (Libc.SetGroups(0, null) != 0 || Libc.SetResGid(uid, uid, uid) != 0 || Libc.SetResUid(uid, uid, uid) != 0)
        {
            throw GuestException.FromErrno($"become uid {uid}", SandboxLayers.UnprivilegedUid);
        }

        uint real, effective, saved;
        if (Libc.GetResUid(&real, &effective, &saved) != 0 || real != uid || effective != uid || saved != uid)
        {
            throw new GuestException($"uid {uid} was taken and is not there: {effective}", SandboxLayers.UnprivilegedUid);
        }

        if (Libc.Prctl(Linux.PR_SET_NO_NEW_PRIVS, 1) != 0)
        {
            throw GuestException.FromErrno("PR_SET_NO_NEW_PRIVS", SandboxLayers.NoNewPrivileges);
        }
    }
}
