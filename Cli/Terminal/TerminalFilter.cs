namespace SecureAgent.Cli.Terminal;

/// <summary>
/// Lets an agent's output reach a terminal without its escape sequences: colours (SGR, ECMA-48 §8.3.117) pass, everything else that
/// could move the cursor, set the title, write the clipboard (OSC 52) or answer back is dropped. Keeps state across chunks.
/// </summary>
/// <param name="fullScreen">An editor or the like may have the screen: cursor, erasing and modes pass too, never what the terminal would answer to or what outlives the screen.</param>
internal sealed class TerminalFilter(bool fullScreen = false)
{
    private const int LongestSequence = 64;

    private readonly List<byte> pending = [];
    private State state;

    private enum State
    {
        Text,
        Escape,
        ControlSequence,
        String,
        StringEscape,
    }

    public byte[] Filter(ReadOnlySpan<byte> input)
    {
        var output = new List<byte>(input.Length);
        foreach (var value in input)
        {
            Take(value, output);
        }

        return [.. output];
    }

    private void Take(byte value, List<byte> output)
    {
        switch (state)
        {
            case State.Text when value == 0x1b:
                pending.Clear();
                pending.Add(value);
                state = State.Escape;
                break;
            case State.Text:
                if (value is >= 0x20 and not 0x7f or (byte)'\n' or (byte)'\r' or (byte)'\t' || (fullScreen && value is 0x07 or 0x08 or 0x0e or 0x0f))
                {
                    output.Add(value);
                }

                break;
            case State.Escape:
                pending.Add(value);
                state = value switch
                {
                    (byte)'[' => State.ControlSequence,
                    (byte)']' or (byte)'P' or (byte)'_' or (byte)'^' or (byte)'X' => State.String,
                    >= 0x20 and <= 0x2f => State.Escape,
                    _ => State.Text,
                };
                if (state == State.Text && fullScreen && ScreenSequences.IsEscape(pending))
                {
                    output.AddRange(pending);
                }

                break;
            case State.ControlSequence:
                TakeControlSequence(value, output);
                break;
            case State.String:
                state = value switch { 0x07 or 0x18 or 0x1a => State.Text, 0x1b => State.StringEscape, _ => State.String };
                break;
            case State.StringEscape:
                state = value == (byte)'\\' ? State.Text : State.String;
                break;
            default:
                throw new InvalidOperationException($"unknown state {state}");
        }
    }

    private void TakeControlSequence(byte value, List<byte> output)
    {
        pending.Add(value);
        if (value is >= 0x40 and <= 0x7e)
        {
            if (fullScreen && pending.Count <= LongestSequence && ScreenSequences.IsControl(pending))
            {
                output.AddRange(pending);
            }
            else if (value == (byte)'m' && pending.Count <= LongestSequence && pending.Skip(2).SkipLast(1).All(b => b is >= (byte)'0' and <= (byte)'9' or (byte)';' or (byte)':'))
            {
                output.AddRange(pending);
            }

            state = State.Text;
        }
        else if (value is < 0x20 or > 0x7e || pending.Count > LongestSequence)
        {
            state = State.Text;
        }
    }
}
