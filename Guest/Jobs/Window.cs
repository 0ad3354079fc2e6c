namespace SecureAgent.Guest.Jobs;

/// <summary>How many bytes may be under way to a reader; who wants to send more waits.</summary>
internal sealed class Window(int bytes)
{
    private readonly object gate = new();
    private long left = bytes;
    private bool isOpen;

    /// <summary>Waits while nothing is left; may overdraw by one message.</summary>
    public void Take(int count)
    {
        lock (gate)
        {
            while (!isOpen && left <= 0)
            {
                Monitor.Wait(gate);
            }

            left -= count;
        }
    }

    public void Return(int count) => Change(() => left += count);

    /// <summary>From now on nobody waits.</summary>
    public void Open() => Change(() => isOpen = true);

    private void Change(Action change)
    {
        lock (gate)
        {
            change();
            Monitor.PulseAll(gate);
        }
    }
}
