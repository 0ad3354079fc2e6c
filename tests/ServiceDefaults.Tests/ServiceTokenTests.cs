using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.ServiceDefaults.Tests;

public sealed class ServiceTokenTests : IDisposable
{
    private readonly ServiceTokenMint mint = new(TimeProvider.System);

    [Fact]
    public async Task Token_ForThisAudience_NamesItsCaller()
    {
        using var validator = new ServiceTokenValidator(mint.PublicKeyPem, "secret-broker", TimeProvider.System);

        Assert.Equal("egress-proxy", await validator.ValidateAsync(mint.Mint("egress-proxy", "secret-broker")));
    }

    [Fact]
    public async Task Token_ForAnotherAudience_ProvesNothing()
    {
        using var validator = new ServiceTokenValidator(mint.PublicKeyPem, "file-gate", TimeProvider.System);

        Assert.Null(await validator.ValidateAsync(mint.Mint("egress-proxy", "secret-broker")));
    }

    [Fact]
    public async Task Token_OfAnotherBoot_ProvesNothing()
    {
        using var other = new ServiceTokenMint(TimeProvider.System);
        using var validator = new ServiceTokenValidator(mint.PublicKeyPem, "secret-broker", TimeProvider.System);

        Assert.Null(await validator.ValidateAsync(other.Mint("egress-proxy", "secret-broker")));
    }

    [Fact]
    public async Task Token_Expired_ProvesNothing()
    {
        var late = new FixedTime(TimeProvider.System.GetUtcNow() + ServiceTokenMint.Lifetime);
        using var validator = new ServiceTokenValidator(mint.PublicKeyPem, "secret-broker", late);

        Assert.Null(await validator.ValidateAsync(mint.Mint("egress-proxy", "secret-broker")));
    }

    [Fact]
    public async Task Token_ThatWasProvenOnce_StillEndsInTime_AndNoOtherRidesOnIt()
    {
        var clock = new FixedTime(TimeProvider.System.GetUtcNow());
        using var validator = new ServiceTokenValidator(mint.PublicKeyPem, "secret-broker", clock);
        var token = mint.Mint("egress-proxy", "secret-broker");
        Assert.Equal("egress-proxy", await validator.ValidateAsync(token));
        Assert.Equal("egress-proxy", await validator.ValidateAsync(token));

        Assert.Null(await validator.ValidateAsync(token[..^2]));
        Assert.Null(await validator.ValidateAsync(token + "A"));
        clock.Now += ServiceTokenMint.Lifetime;
        Assert.Null(await validator.ValidateAsync(token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x.y.z")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJlZ3Jlc3MtcHJveHkiLCJhdWQiOiJzZWNyZXQtYnJva2VyIn0.")]
    public async Task Token_ForgedOrEmpty_ProvesNothing(string token)
    {
        using var validator = new ServiceTokenValidator(mint.PublicKeyPem, "secret-broker", TimeProvider.System);

        Assert.Null(await validator.ValidateAsync(token));
    }

    public void Dispose() => mint.Dispose();

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
