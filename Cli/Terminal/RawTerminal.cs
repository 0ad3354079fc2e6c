using System.Runtime.InteropServices;

namespace SecureAgent.Cli.Terminal;

/// <summary>The operator's terminal handed through: every key goes to the agent, until this is disposed.</summary>
internal sealed unsafe partial class RawTerminal : IDisposable
{
    private const int Stdin = 0;
    private const int Now = 0; // TCSANOW

    /// <summary>Larger than struct termios of any libc.</summary>
    private const int Length = 256;

    private readonly byte[] before = new byte[Length];
    private bool isRestored;

    private RawTerminal()
    {
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int descriptor, byte* attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int descriptor, int when, byte* attributes);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte* attributes);

    /// <summary>Throws <see cref="CommandException"/> when standard input or output is no terminal.</summary>
    public static RawTerminal Enter()
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            throw new CommandException("--terminal needs a terminal on standard input and output; leave it out to use pipes");
        }

        var terminal = new RawTerminal();
        fixed (byte* saved = terminal.before)
        {
            var raw = stackalloc byte[Length];
            if (GetAttributes(Stdin, saved) != 0)
            {
                throw new CommandException($"the terminal cannot be read: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }

            terminal.before.CopyTo(new Span<byte>(raw, Length));
            MakeRaw(raw);
            _ = SetAttributes(Stdin, Now, raw);
        }

        return terminal;
    }

    public static Contracts.Runner.V1.Terminal Size() => new()
    {
        Rows = (uint)Math.Clamp(Console.WindowHeight, 1, 1000), Columns = (uint)Math.Clamp(Console.WindowWidth, 1, 1000),
    };

    public void Dispose()
    {
        if (!isRestored)
        {
            isRestored = true;
            fixed (byte* saved = before)
            {
                _ = SetAttributes(Stdin, Now, saved);
            }
        }
    }
}
