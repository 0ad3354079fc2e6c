using System.Text;
using Microsoft.Win32.SafeHandles;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.FileGate.Tests.Walking;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Tests;

/// <summary>
/// A name that is a file one moment and a link to a secret the next, against readers that never stop. The control arm, a reader that checks the
/// name and then opens it, loses.
/// </summary>
public sealed class SwapRaceTests : IDisposable
{
    private const int Readers = 2;

    /// <summary>Reads of one case; a million in all. The control arm needs far fewer to lose.</summary>
    private const int Attempts = 250_000;

    /// <summary>Of the way of macOS: the same race, shorter.</summary>
    private const int WalkedAttempts = 50_000;

    private const string Secret = "outside-secret";

    private readonly string root = Directory.CreateTempSubdirectory("sa-swap-").FullName;

    public SwapRaceTests()
    {
        Directory.CreateDirectory(At("ws/dir/deep"));
        Directory.CreateDirectory(At("outside/deep"));
        File.WriteAllText(At("ws/file"), "inside");
        File.WriteAllText(At("ws/dir/file"), "inside");
        File.WriteAllText(At("ws/dir/deep/file"), "inside");
        File.WriteAllText(At("outside/file"), Secret);
        File.WriteAllText(At("outside/deep/file"), Secret);
        File.WriteAllText(At("ws/hard"), "inside");
        Assert.Equal(0, Native.Link(At("outside/file"), At("ws/hard.other")));
        File.CreateSymbolicLink(At("ws/file.other"), "../outside/file");
        Directory.CreateSymbolicLink(At("ws/dir.other"), "../outside");
    }

    [Theory]
    [InlineData("file", "file")]
    [InlineData("dir", "dir/file")]
    [InlineData("dir", "dir/deep/file")]
    [InlineData("hard", "hard")]
    public Task Name_SwappedForALink_NeverWinsAgainstTheGate(string swapped, string read) => NeverWinsAsync(HandleOpener.OfSystem, swapped, read, Attempts);

    [Theory]
    [InlineData("file", "file")]
    [InlineData("dir", "dir/file")]
    [InlineData("dir", "dir/deep/file")]
    [InlineData("hard", "hard")]
    public Task Name_SwappedForALink_NeverWinsAgainstAGateThatWalks(string swapped, string read) => NeverWinsAsync(LinuxWalkCalls.Walker, swapped, read, WalkedAttempts);

    private async Task NeverWinsAsync(IHandleOpener opener, string swapped, string read, int attempts)
    {
        using var session = Open(opener);
        var (wins, reads) = await RaceAsync(swapped, attempts, () =>
        {
            using var opened = FileAuthority.OpenFile(session, read);
            return opened.Handle is { } handle ? Content(handle) : null;
        });

        Assert.Equal(0, wins);
        Assert.True(reads > 0, "no read ever succeeded: nothing was raced");
    }

    [Theory]
    [InlineData("file", "file")]
    [InlineData("dir", "dir/file")]
    [InlineData("dir", "dir/deep/file")]
    [InlineData("hard", "hard")]
    public async Task Name_SwappedForALink_WinsAgainstCheckThenOpen(string swapped, string read)
    {
        var path = At("ws/" + read);
        var (wins, _) = await RaceAsync(swapped, int.MaxValue, () =>
        {
            if (File.ResolveLinkTarget(At("ws/" + swapped), returnFinalTarget: true) is not null || Links(path) != 1)
            {
                return null;
            }

            using var file = File.OpenHandle(path);
            return Content(file);
        });

        Assert.True(wins > 0, "check-then-open was never beaten: the race is not a race");
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Swaps until the readers have made their attempts, or one has won.</summary>
    private async Task<(int Wins, int Reads)> RaceAsync(string swapped, int attempts, Func<string?> read)
    {
        var (wins, reads, left) = (0, 0, attempts);
        using var done = new CancellationTokenSource();
        var swapper = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Assert.True(Native.Exchange(At("ws/" + swapped), At("ws/" + swapped + ".other")));
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Run(() =>
        {
            while (Interlocked.Decrement(ref left) >= 0 && Volatile.Read(ref wins) == 0)
            {
                switch (read())
                {
                    case Secret:
                        Interlocked.Increment(ref wins);
                        break;
                    case { }:
                        Interlocked.Increment(ref reads);
                        break;
                }
            }
        })));
        await done.CancelAsync();
        await swapper;
        return (wins, reads);
    }

    private FileSession Open(IHandleOpener opener)
    {
        var document = PolicyParser.Parse(GateScenario.Policy(), "policy").Document!;
        Assert.Equal(0, Libc.Open(null, At("ws"), OpenFlags.ForRoot, 0, out var handle));
        handle.Opener = opener;
        Assert.Equal(0, Libc.Describe(handle, out var facts));
        var context = new SessionContext { Id = "s", Profile = document.Profiles["default"], Directory = root, SandboxUid = 0 };
        var changes = new ChangeSet(new ChangeFiles(At("changes"), new ApplySteps()), new ChangeSetDocument("s", "default", At("ws"), facts.Device, facts.Inode, 0, []));
        return new FileSession(context, new FileMount("", At("ws"), handle, facts) { Changes = changes }, [], context.Profile.Files, 1);
    }

    /// <summary>Names of the file as a checker of names sees them; 0 when there is none.</summary>
    private static long Links(string path)
    {
        _ = Libc.Open(null, path, OpenFlags.ForStat, 0, out var handle);
        using (handle)
        {
            return !handle.IsInvalid && Libc.Describe(handle, out var facts) == 0 ? facts.Links : 0;
        }
    }

    private static string Content(DescriptorHandle handle)
    {
        Span<byte> buffer = stackalloc byte[64];
        return Encoding.UTF8.GetString(buffer[..Libc.Read(handle, buffer, 0, out _)]);
    }

    private static string Content(SafeFileHandle handle)
    {
        Span<byte> buffer = stackalloc byte[64];
        return Encoding.UTF8.GetString(buffer[..RandomAccess.Read(handle, buffer, 0)]);
    }

    private string At(string name) => Path.Combine(root, name);
}
