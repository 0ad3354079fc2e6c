using System.Text;
using CsCheck;
using SecureAgent.EgressProxy.Injection;

namespace SecureAgent.EgressProxy.Tests.Injection;

public sealed class EchoMaskTests
{
    private const string Value = "sk-\"9/e sk-x";

    private static readonly string[] Pieces = [Value, Value[..5], "sk-", "sk", "x", " ", "é", "sk-\""];

    [Theory]
    [InlineData("a " + Value + " b", "a ************ b")]
    [InlineData("a sk-%229%2Fe%20sk-x b", "a ****************** b")]
    [InlineData("a sk-\\\"9/e sk-x b", "a ************* b")]
    [InlineData("a sk-\"9/e sk-y b", "a sk-\"9/e sk-y b")]
    [InlineData("", "")]
    public void Echo_InAnyForm_IsOverwritten(string text, string expected) => Assert.Equal(expected, Mask().Apply(text));

    [Fact]
    public void Echo_InBase64_IsOverwritten() =>
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.Latin1.GetBytes(Value))[..^2], Mask().Apply("x " + Convert.ToBase64String(Encoding.Latin1.GetBytes(Value))), StringComparison.Ordinal);

    [Fact]
    public async Task Event_ThatIsNoEcho_IsNotHeld()
    {
        await using var stream = new MaskedStream(new PiecesStream([Encoding.Latin1.GetBytes("data: one\n\n")], endless: true), Mask());
        var buffer = new byte[100];

        Assert.Equal("data: one\n\n", Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer)));
    }

    [Fact]
    public void Stream_InAnyPieces_GivesWhatTheWholeWouldGive() =>
        (from text in Gen.Int[0, 7].Select(at => Pieces[at]).Array[0, 30]
         from cuts in Gen.Int[1, 7].Array[1, 20]
         from size in Gen.Int[1, 40]
         select (text: string.Concat(text), cuts, size)).Sample(sample =>
        {
            var bytes = Encoding.Latin1.GetBytes(sample.text);
            var pieces = new List<byte[]>();
            for (var (at, cut) = (0, 0); at < bytes.Length; at += pieces[^1].Length, cut++)
            {
                pieces.Add(bytes[at..Math.Min(bytes.Length, at + sample.cuts[cut % sample.cuts.Length])]);
            }

            var whole = bytes.ToArray();
            Mask().Apply(whole);
            using var stream = new MaskedStream(new PiecesStream(pieces), Mask());
            var read = new List<byte>();
            var buffer = new byte[sample.size];
            for (int length; (length = stream.ReadAsync(buffer).AsTask().GetAwaiter().GetResult()) > 0;)
            {
                read.AddRange(buffer.AsSpan(0, length));
            }

            return whole.SequenceEqual(read);
        });

    private static EchoMask Mask() => new(Encoding.Latin1.GetBytes(Value));

    private sealed class PiecesStream(IReadOnlyList<byte[]> pieces, bool endless = false) : MemoryStream
    {
        private int next;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (next == pieces.Count)
            {
                return endless ? throw new InvalidOperationException("Nothing more may be asked for.") : 0;
            }

            await Task.Yield();
            pieces[next].CopyTo(buffer);
            return pieces[next++].Length;
        }
    }
}
