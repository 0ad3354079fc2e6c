namespace SecureAgent.SecretBroker.Leases;

/// <summary>How often one session may ask: so many a second, and as many at once after a pause.</summary>
internal sealed class DrawRate(int perSecond, TimeProvider time)
{
    private readonly Lock gate = new();
    private double left = perSecond;
    private long asked = time.GetTimestamp();

    public bool TryTake()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            left = Math.Min(perSecond, left + (time.GetElapsedTime(asked, now).TotalSeconds * perSecond));
            asked = now;
            if (left < 1)
            {
                return false;
            }

            left--;
            return true;
        }
    }
}
