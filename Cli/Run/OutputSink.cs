using System.Text;
using SecureAgent.Cli.Terminal;

namespace SecureAgent.Cli.Run;

/// <summary>Where the agent's output goes: through as it is, filtered on a terminal, or kept for the JSON answer.</summary>
/// <param name="fullScreen">The agent has the operator's terminal.</param>
internal sealed class OutputSink(bool capture, bool fullScreen = false) : IDisposable
{
    private readonly Stream stdout = Console.OpenStandardOutput();
    private readonly Stream stderr = Console.OpenStandardError();
    private readonly TerminalFilter? stdoutFilter = Console.IsOutputRedirected ? null : new TerminalFilter(fullScreen);
    private readonly TerminalFilter? stderrFilter = Console.IsErrorRedirected ? null : new TerminalFilter();
    private readonly MemoryStream captured = new();

    public string Captured => Encoding.UTF8.GetString(captured.GetBuffer().AsSpan(0, (int)captured.Length));

    public async Task StdoutAsync(ReadOnlyMemory<byte> bytes)
    {
        if (capture)
        {
            captured.Write(bytes.Span);
            return;
        }

        await WriteAsync(stdout, stdoutFilter, bytes);
    }

    public Task StderrAsync(ReadOnlyMemory<byte> bytes) => WriteAsync(stderr, stderrFilter, bytes);

    public void Dispose()
    {
        captured.Dispose();
        stdout.Dispose();
        stderr.Dispose();
    }

    private static async Task WriteAsync(Stream stream, TerminalFilter? filter, ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(filter is null ? bytes : filter.Filter(bytes.Span));
        await stream.FlushAsync();
    }
}
