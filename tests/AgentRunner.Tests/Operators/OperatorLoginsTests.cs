using Microsoft.Extensions.Time.Testing;
using SecureAgent.AgentRunner.Operators;

namespace SecureAgent.AgentRunner.Tests.Operators;

public sealed class OperatorLoginsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly OperatorLogins logins;

    public OperatorLoginsTests() => logins = new OperatorLogins(time);

    [Fact]
    public void Token_IsGoodForOneLogin()
    {
        var token = logins.Create()!.Value.Token;

        Assert.NotNull(logins.Redeem(token));
        Assert.Null(logins.Redeem(token));
    }

    [Theory]
    [InlineData(119, true)]
    [InlineData(120, false)]
    [InlineData(121, false)]
    public void Token_IsVoidAfterTwoMinutes(int seconds, bool isGood)
    {
        var token = logins.Create()!.Value.Token;

        time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(isGood, logins.Redeem(token) is not null);
    }

    [Fact]
    public void Session_EndsAfterTwelveHours_HoweverMuchItIsUsed()
    {
        var session = logins.Redeem(logins.Create()!.Value.Token)!;

        for (var hour = 0; hour < 11; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(session.Id, logins.Find(session.Key));
        }

        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(logins.Find(session.Key));
    }

    [Fact]
    public void Session_ThatEnded_IsNotFound()
    {
        var session = logins.Redeem(logins.Create()!.Value.Token)!;

        Assert.Equal(session.Id, logins.End(session.Key));
        Assert.Null(logins.Find(session.Key));
        Assert.Null(logins.End(session.Key));
    }

    [Fact]
    public void KeyOfASession_IsNoToken_AndATokenIsNoKey()
    {
        var token = logins.Create()!.Value.Token;

        Assert.Null(logins.Find(token));
        Assert.Null(logins.Redeem(logins.Redeem(token)!.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void WhatWasNeverMade_ProvesNothing(string key)
    {
        logins.Create();

        Assert.Null(logins.Redeem(key));
        Assert.Null(logins.Find(key));
    }

    [Fact]
    public void LoginsThatWait_AreBounded_UntilTheyAreVoid()
    {
        for (var made = 0; made < OperatorLogins.MostWaiting; made++)
        {
            Assert.NotNull(logins.Create());
        }

        Assert.Null(logins.Create());
        time.Advance(OperatorLogins.LoginLifetime);
        Assert.NotNull(logins.Create());
    }

    [Fact]
    public void Sessions_AreBounded_TheOldestMakesRoom()
    {
        var first = logins.Redeem(logins.Create()!.Value.Token)!;
        time.Advance(TimeSpan.FromSeconds(1));
        OperatorSession last = first;
        for (var made = 0; made < OperatorLogins.MostSessions; made++)
        {
            last = logins.Redeem(logins.Create()!.Value.Token)!;
        }

        Assert.Null(logins.Find(first.Key));
        Assert.NotNull(logins.Find(last.Key));
    }
}
