using CsCheck;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.EgressProxy.Tls;

namespace SecureAgent.EgressProxy.Tests.Tls;

public sealed class ClientHelloTests
{
    private static readonly byte[] Real = Hellos.Of("origin.test");

    [Fact]
    public void Hello_CutAnywhere_IsIncompleteUntilItsLastByte()
    {
        for (var length = 0; length < Real.Length; length++)
        {
            Assert.Equal(HelloStatus.Incomplete, ClientHello.Parse(Real.AsSpan(0, length)).Status);
        }

        Assert.Equal(new ClientHello(HelloStatus.Complete, "origin.test", false), ClientHello.Parse(Real));
    }

    [Fact]
    public void Hello_InRecordsOfAnySize_SaysTheSame() =>
        Gen.Int[1, 300].Sample(size => ClientHello.Parse(Hellos.Split(Real, size)) == new ClientHello(HelloStatus.Complete, "origin.test", false));

    [Fact]
    public void Hello_OfRandomBytes_NeverThrows() =>
        Gen.Byte.Array[0, 400].Sample(
            bytes =>
            {
                _ = ClientHello.Parse(bytes);
                _ = ClientHello.Parse([22, 3, 1, .. bytes]);
                return ClientHello.Parse([22, 3, 1, 1, 0, 1, 0, 0, 252, .. bytes]).Status != HelloStatus.NotTls;
            },
            iter: 20_000);

    /// <summary>Lengths that do not fit each other, at which the library throws: found by the test below.</summary>
    [Fact]
    public void Hello_WhoseLengthsDoNotFit_IsMalformed()
    {
        var bytes = Real.ToArray();
        (bytes[30], bytes[77]) = (50, 16);

        Assert.Equal(HelloStatus.Complete, ClientHello.Parse(Real.ToArray()).Status);
        Assert.Equal(HelloStatus.Malformed, ClientHello.Parse(bytes).Status);
    }

    /// <summary>A changed byte may make another hello, never one that is read past its end or loses the name unnoticed.</summary>
    [Fact]
    public void Hello_WithBytesChanged_NeverThrows() =>
        Gen.Select(Gen.Int[0, Real.Length - 1], Gen.Byte, Gen.Int[0, Real.Length - 1], Gen.Byte).Sample(
            change =>
            {
                var bytes = Real.ToArray();
                (bytes[change.Item1], bytes[change.Item3]) = (change.Item2, change.Item4);
                return ClientHello.Parse(bytes).ServerName.Length <= Real.Length;
            },
            iter: 20_000);
}
