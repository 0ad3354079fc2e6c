using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Tests.Admin;

public sealed class SecretAdminTests
{
    [Fact]
    public async Task Secrets_SetAndRemoved_AreListedWithoutValuesAndOnRecord()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var replaced = await broker.Admin.SetAsync(new SetSecretRequest { Name = "team.model", Value = ByteString.CopyFromUtf8("two") });
        var list = await broker.Admin.ListAsync(new ListSecretsRequest());
        var removed = await broker.Admin.RemoveAsync(new RemoveSecretRequest { Name = "team.model" });
        var again = await broker.Admin.RemoveAsync(new RemoveSecretRequest { Name = "team.model" });

        Assert.True(replaced.Replaced);
        Assert.Equal("embedded", list.Store);
        Assert.Equal(("team.model", 2L), (list.Secrets.Single().Name, list.Secrets.Single().Version));
        Assert.Equal((true, false), (removed.Removed, again.Removed));
        Assert.Equal(
            ["secret.set", "secret.set", "secret.remove", "secret.remove"],
            broker.Component.Records().Where(record => record.Plane == "secrets").Select(record => record.Kind));
        Assert.DoesNotContain(BrokerUnderTest.Value, broker.AuditText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("a b", "x")]
    [InlineData("../x", "x")]
    [InlineData("ok", "")]
    public async Task Secret_WithABadNameOrNoValue_IsRefused(string name, string value)
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await broker.Admin.SetAsync(new SetSecretRequest { Name = name, Value = ByteString.CopyFromUtf8(value) }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Secret_Rotated_IsServedAtOnce_AndLeasesOfTheOldValueEnd()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        await broker.Component.OpenSessionAsync(BrokerUnderTest.Policy, id: "s-other");
        await broker.DrawAsync();
        await broker.DrawAsync();

        var rotated = await broker.Admin.RotateAsync(new SetSecretRequest { Name = "team.model", Value = ByteString.CopyFromUtf8("rotated-0123456789") });
        var again = await broker.Admin.RotateAsync(new SetSecretRequest { Name = "team.model", Value = ByteString.CopyFromUtf8("thrice-0123456789") });

        Assert.Equal((2L, 2, 3L, 0), (rotated.Version, rotated.LeasesEnded, again.Version, again.LeasesEnded));
        Assert.Equal("thrice-0123456789", (await broker.DrawAsync(BrokerUnderTest.Request(session: "s-other"))).Value.ToStringUtf8());
        var revoked = Assert.Single(broker.Component.Records(), record => record.Kind == "leases.revoked");
        Assert.Equal((BrokerUnderTest.Session, "rotated", 2L), (revoked.Session, revoked.Facts["why"], (long)revoked.Number("count")));
        Assert.Equal(2, broker.Component.Records().Count(record => record.Kind == "secret.rotate"));
        await broker.Admin.RemoveAsync(new RemoveSecretRequest { Name = "team.model" });
        Assert.Contains(broker.Component.Records(), record => record.Kind == "leases.revoked" && record.Facts["why"] == "removed" && record.Session == "s-other");
    }

    [Fact]
    public async Task Secret_ThatIsNotThere_CannotBeRotated()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await broker.Admin.RotateAsync(new SetSecretRequest { Name = "other", Value = ByteString.CopyFromUtf8("x") }));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.DoesNotContain(broker.Component.Records(), record => record.Kind == "secret.rotate");
        await broker.Admin.RotateAsync(new SetSecretRequest { Name = "team.model", Value = ByteString.CopyFromUtf8("x") });
    }

    [Fact]
    public void SecretValue_Disposed_IsZeroedAndSaysSo()
    {
        var value = SecretValue.CopyOf("abc"u8);
        var memory = value.Memory;

        value.Dispose();

        Assert.Equal(new byte[3], memory.ToArray());
        Assert.Throws<ObjectDisposedException>(() => value.Bytes.Length);
        Assert.DoesNotContain("abc", $"{SecretValue.CopyOf("abc"u8)}", StringComparison.Ordinal);
    }
}
