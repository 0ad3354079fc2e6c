namespace SecureAgent.Cli.Terminal;

/// <summary>Ctrl-P Ctrl-Q leaves a session running. A Ctrl-P followed by anything else is the agent's, both keys.</summary>
internal sealed class DetachKeys(Action detach)
{
    private const byte First = 0x10;
    private const byte Second = 0x11;

    private bool isHeld;

    /// <summary>What is left for the agent.</summary>
    public ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> typed)
    {
        var passed = new List<byte>(typed.Length + 1);
        foreach (var key in typed)
        {
            if (isHeld && key == Second)
            {
                isHeld = false;
                detach();
                break;
            }

            if (isHeld)
            {
                passed.Add(First);
            }

            isHeld = key == First;
            if (!isHeld)
            {
                passed.Add(key);
            }
        }

        return passed.ToArray();
    }
}
