using System.Net;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>Connections that have proved nothing yet: so many in all, and so many of one address, so that one pod cannot keep the others out.</summary>
internal sealed class Waiting
{
    public const int MaxInAll = 1024;
    public const int MaxOfOne = 128;

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> counts = [];
    private int all;

    public bool TryEnter(IPAddress address)
    {
        lock (gate)
        {
            var own = counts.GetValueOrDefault(address);
            if (all >= MaxInAll || own >= MaxOfOne)
            {
                return false;
            }

            counts[address] = own + 1;
            all++;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (gate)
        {
            all--;
            if (--counts[address] == 0)
            {
                counts.Remove(address);
            }
        }
    }
}
