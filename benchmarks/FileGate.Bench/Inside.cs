using System.Diagnostics;
using System.Globalization;
using SecureAgent.Bench;

namespace SecureAgent.FileGate.Bench;

/// <summary>A sandbox with <see cref="InsideProgram"/> in it.</summary>
internal sealed class Inside : IDisposable
{
    private readonly Process sandbox;

    private Inside(Process sandbox) => this.sandbox = sandbox;

    /// <returns>Null where bubblewrap is missing or makes no sandbox.</returns>
    public static async Task<Inside?> StartAsync(string session, string plainSession)
    {
        if (Programs.Find("bwrap") is not { } bwrap)
        {
            return null;
        }

        var inside = new Inside(Process.Start(new ProcessStartInfo(bwrap,
        [
            "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
            "dotnet", InsideProgram.Self, InsideProgram.Command, session, plainSession,
        ])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!);
        if (await inside.sandbox.StandardOutput.ReadLineAsync() == "ready")
        {
            return inside;
        }

        inside.Dispose();
        return null;
    }

    public Arm Arm(string name, string client, Func<TimeSpan> cpu) =>
        new(name, _ => throw new NotSupportedException(), cpu)
        {
            Elsewhere = async (workers, slice) => Slice.Read(await AskAsync(string.Create(CultureInfo.InvariantCulture, $"{client} {workers} {slice.TotalMilliseconds}"))),
        };

    public async Task<double> RateAsync() => double.Parse(await AskAsync(InsideProgram.Big), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        if (!sandbox.HasExited)
        {
            sandbox.Kill(entireProcessTree: true);
        }

        sandbox.WaitForExit();
        sandbox.Dispose();
    }

    private async Task<string> AskAsync(string line)
    {
        await sandbox.StandardInput.WriteLineAsync(line);
        await sandbox.StandardInput.FlushAsync();
        return await sandbox.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the clients in the sandbox ended");
    }
}
