using System.Security.Cryptography;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// Which uid a sandbox has on the host. A server that is root gives every live session one of its own, so that sessions are strangers to the host and
/// to each other; an ordinary user's server has only its own.
/// </summary>
internal sealed class SandboxUids
{
    public const uint First = 100_000;
    public const int Slots = 65_536;

    /// <summary>Root inside of containers, which only sets them up: the one after the uid of trials.</summary>
    public const uint ContainerRoot = First + Slots + 1;

    /// <summary>The agent's own uid where the session's is that of a kernel above it: it owns files and runs nothing on this machine.</summary>
    public static uint AgentOf(uint uid) => uid + (2 * Slots);

    private readonly Lock gate = new();
    private readonly HashSet<uint> taken = [];

    // Two servers on one machine start at different places.
    private int next = RandomNumberGenerator.GetInt32(Slots);

    public static bool ServerIsRoot => UnixSocketHttp.OwnUserId == 0;

    /// <summary>What the chain becomes for a session of this uid; null where it stays what it is.</summary>
    public static uint? OnHost(uint uid) => ServerIsRoot ? uid : null;

    public uint Take()
    {
        if (!ServerIsRoot)
        {
            return UnixSocketHttp.OwnUserId;
        }

        lock (gate)
        {
            for (var tries = 0; tries < Slots; tries++)
            {
                var uid = First + (uint)next;
                next = (next + 1) % Slots;
                if (taken.Add(uid))
                {
                    return uid;
                }
            }
        }

        throw new SandboxException($"all {Slots} sandbox uids are in use; end some sessions");
    }

    public void Return(uint uid)
    {
        lock (gate)
        {
            taken.Remove(uid);
        }
    }
}
