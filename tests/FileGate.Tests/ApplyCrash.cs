using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Native;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate.Tests;

/// <summary>
/// This test program as a child that applies, or recovers, a change set and is killed (SIGKILL) just before its Nth step. It runs before any test would.
/// </summary>
internal static class ApplyCrash
{
    private const string Verb = "--apply-child";

    /// <summary>Exit code of one that SIGKILL ended.</summary>
    public const int Killed = 128 + 9;

    /// <summary>Named, not left to the umask: a mode that differs is held.</summary>
    private const int PlainMode = 0b110_100_100;

    public const string Id = "s-crash";

    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetCommandLineArgs() is [_, Verb, var directory, var what, var step])
        {
            Console.Write(Act(directory, what, int.Parse(step, CultureInfo.InvariantCulture)));
            Environment.Exit(0);
        }
    }

    /// <summary>Runs the child.</summary>
    /// <param name="step">Steps are counted from 1; 0 lets it live.</param>
    /// <returns>Exit code, and the number of steps when it lived.</returns>
    public static async Task<(int Code, int Steps)> RunAsync(string directory, string what, int step)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ApplyCrash).Assembly.Location, Verb, directory, what, step.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return (child.ExitCode, child.ExitCode == 0 ? int.Parse(output, CultureInfo.InvariantCulture) : 0);
    }

    /// <summary>Applies all of the set, or only recovers, in this process.</summary>
    /// <returns>Steps taken.</returns>
    public static int Act(string directory, string what, int killBefore)
    {
        var taken = 0;
        var steps = new ApplySteps(_ =>
        {
            if (++taken == killBefore)
            {
                Process.GetCurrentProcess().Kill();
            }
        });
        var context = new ComponentContext("file-gate", Path.Combine(directory, "data"), Path.Combine(directory, "run"), "b-test");
        using var audit = AuditLog.Open(context.AuditRoot, new AuditOrigin("file-gate", "b-test"), TimeProvider.System);
        var store = new ChangeStore(context, TimeProvider.System, steps);
        var applier = new ChangeApplier(store, audit, steps, NullLogger<ChangeApplier>.Instance);
        if (what == "apply" && applier.Apply(store.Find(Id)!, []) is { Conflicts: [var conflict, ..] })
        {
            throw new InvalidOperationException($"{conflict.Path}: {conflict.Why}");
        }

        if (what == "recover")
        {
            applier.RecoverAll();
        }

        return taken;
    }

    /// <summary>A folder and a set that creates, edits and deletes files and creates directories.</summary>
    public static void Prepare(string directory)
    {
        var root = Path.Combine(directory, "ws");
        Directory.CreateDirectory(Path.Combine(root, "sub"));
        foreach (var (path, text) in new[] { ("a.txt", "alpha"), ("b.txt", "beta"), ("sub/c.txt", "gamma"), ("sub/d.txt", "delta") })
        {
            File.WriteAllText(Path.Combine(root, path), text);
            File.SetUnixFileMode(Path.Combine(root, path), (UnixFileMode)PlainMode);
        }

        Assert.Equal(0, Libc.Open(null, root, OpenFlags.ForRoot, 0, out var handle));
        using (handle)
        {
            Assert.Equal(0, Libc.Describe(handle, out var facts));
            var folder = new HostFolder(handle);
            var set = new ChangeSet(
                new ChangeFiles(Path.Combine(directory, "data", "changes", Id), new ApplySteps()), new ChangeSetDocument(Id, "default", root, facts.Device, facts.Inode, 0, []));
            Directory.CreateDirectory(Path.Combine(directory, "data", "changes"));
            set.PutFile("a.txt", HostOf(folder, "a.txt"), PlainMode, "ALPHA"u8);
            set.PutFile("sub/c.txt", HostOf(folder, "sub/c.txt"), PlainMode, "GAMMA"u8);
            set.PutDelete("sub/d.txt", HostOf(folder, "sub/d.txt"));
            set.PutDelete("b.txt", HostOf(folder, "b.txt"));
            set.PutDirectory("new");
            set.PutDirectory("new/er");
            set.PutFile("new/er/e.txt", default, PlainMode, "epsilon"u8);
            set.PutFile("f.txt", default, PlainMode, "phi"u8);
        }
    }

    /// <summary>Everything in the folder: names, kinds, modes, contents.</summary>
    public static IReadOnlyList<string> Tree(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(Path.Combine(directory, "ws"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(directory, path)} {File.GetUnixFileMode(path)} {(File.Exists(path) ? File.ReadAllText(path) : "/")}")];

    private static HostState HostOf(HostFolder folder, string path)
    {
        Assert.Equal(0, folder.Look(path, out var state));
        return state;
    }
}
