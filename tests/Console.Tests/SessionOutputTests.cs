using Google.Protobuf;
using SecureAgent.Console.Runner;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Console.Tests;

public sealed class SessionOutputTests
{
    [Theory]
    [InlineData("\u001b[31mred\u001b[0m\r\n", "red\n")]
    [InlineData("\u001b[2Jgone", "\\u{1b}[2Jgone")]
    public void Text_LosesItsColours_AndShowsWhatElseWouldAct(string said, string expected)
    {
        var output = new SessionOutput();

        output.Take(new SessionEvent { Stdout = ByteString.CopyFromUtf8(said) });

        Assert.Equal(expected, output.Text);
    }
}
