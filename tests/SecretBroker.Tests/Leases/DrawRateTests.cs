using SecureAgent.SecretBroker.Leases;

namespace SecureAgent.SecretBroker.Tests.Leases;

public sealed class DrawRateTests
{
    [Fact]
    public void Rate_GivesABurstThenSoManyASecond_AndNeverSavesMore()
    {
        var clock = new HandTime();
        var rate = new DrawRate(10, clock);
        Assert.Equal(10, Taken(rate));

        clock.Ticks += TimeSpan.TicksPerMillisecond * 99;
        Assert.Equal(0, Taken(rate));
        clock.Ticks += TimeSpan.TicksPerMillisecond * 2;
        Assert.Equal(1, Taken(rate));
        clock.Ticks += TimeSpan.TicksPerHour;
        Assert.Equal(10, Taken(rate));
    }

    private static int Taken(DrawRate rate) => Enumerable.Range(0, 100).Count(_ => rate.TryTake());

    private sealed class HandTime : TimeProvider
    {
        public long Ticks { get; set; } = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
