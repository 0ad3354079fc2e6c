using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.FileGate.Sessions;

/// <summary>Bytes read under one grant. Taken before release, so that racing reads cannot share the last of it.</summary>
internal sealed class ByteBudget(FileGrant grant)
{
    private long used;

    public long Used => Interlocked.Read(ref used);

    public Decision Take(long bytes)
    {
        while (true)
        {
            var before = Used;
            var decision = FileHandlePolicy.DecideBudget(grant, before, bytes);
            if (!decision.IsAllowed || Interlocked.CompareExchange(ref used, before + bytes, before) == before)
            {
                return decision;
            }
        }
    }

    /// <summary>Gives back what was taken but never handed to the client's connection.</summary>
    public void Return(long bytes) => Interlocked.Add(ref used, -bytes);
}
