using System.Text;
using System.Text.RegularExpressions;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.Console.Runner;

/// <summary>The last 64 Ki characters of a session's output, stdout and stderr as they came, and what the runner said of it.</summary>
internal sealed partial class SessionOutput
{
    private const int Kept = 64 << 10;

    private readonly Decoder output = Encoding.UTF8.GetDecoder();
    private readonly Decoder errors = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder text = new();
    private readonly List<Notice> notices = [];

    /// <summary>Without its colours.</summary>
    public string Text => UntrustedText.Lines(Colours().Replace(text.ToString(), ""));

    public IReadOnlyList<Notice> Notices => notices;

    public void Take(SessionEvent next)
    {
        switch (next.EventCase)
        {
            case SessionEvent.EventOneofCase.Stdout:
                Append(output, next.Stdout.Span);
                break;
            case SessionEvent.EventOneofCase.Stderr:
                Append(errors, next.Stderr.Span);
                break;
            case SessionEvent.EventOneofCase.Notice:
                notices.Add(next.Notice);
                break;
            default:
                break;
        }
    }

    private void Append(Decoder decoder, ReadOnlySpan<byte> bytes)
    {
        var characters = new char[decoder.GetCharCount(bytes, flush: false)];
        decoder.GetChars(bytes, characters, flush: false);
        text.Append(characters);
        if (text.Length > Kept)
        {
            text.Remove(0, text.Length - Kept);
        }
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colours();
}
