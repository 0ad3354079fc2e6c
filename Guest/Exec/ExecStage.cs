using System.Runtime.InteropServices;
using System.Text.Json;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Init;
using SecureAgent.Guest.Jobs;
using SecureAgent.Guest.Native;
using SecureAgent.Guest.Probes;

namespace SecureAgent.Guest.Exec;

/// <summary>
/// Last stage: a process of its own because Landlock and seccomp bind the calling thread and what it starts. Puts every layer on itself, probes them, tells PID 1
/// about each, waits for what to run, and becomes that.
/// </summary>
internal static unsafe class ExecStage
{
    /// <summary>The end of PID 1's pipe; execve closes it, which is how PID 1 learns that the agent runs.</summary>
    public const int ReportDescriptor = 3;

    /// <summary>Where PID 1 says what to run; closed likewise.</summary>
    public const int StartDescriptor = 4;

    /// <summary>The byte there before the probes.</summary>
    public const byte ProbeNow = (byte)'\n';

    private const int OomScore = 500;

    /// <param name="args"><c>--config FILE [--probe yes]</c></param>
    public static int Run(IReadOnlyList<string> args)
    {
        try
        {
            var options = StageArguments.Parse(args);
            var config = InitStage.ReadConfig(options.Required("--config"));
            Prepare(config);
            foreach (var layer in Layers(config).Concat(options.Single("--probe") is null ? [] : Probes(config)))
            {
                if (layer.Type == GuestEvent.LayerMissing && !config.AllowDegraded.Contains(layer.Name, StringComparer.Ordinal))
                {
                    Console.Error.WriteLine($"secure-agent guest: {LayerReport.Words(layer.Name!, layer.Detail!)}");
                    Report(layer);
                    Report(new GuestEvent(GuestEvent.Failed) { Detail = $"layer {layer.Name} is missing: {layer.Detail}", Name = layer.Name });
                    return ExitCodes.SandboxFailed;
                }

                Report(layer);
            }

            Report(new GuestEvent(GuestEvent.Prepared));
            if (WaitForStart() is not { } start)
            {
                return ExitCodes.SandboxFailed;
            }

            HomeFiles.Write(start);
            if (start.TerminalPath is { } path)
            {
                Terminal.Take(path);
            }

            return AgentProgram.Execute(start, Report);
        }
        catch (GuestException failure)
        {
            Report(new GuestEvent(GuestEvent.Failed) { Detail = failure.Message, Name = failure.Layer });
            throw;
        }
    }

    /// <summary>Waits for PID 1's word, while which it makes ready what the probes look for.</summary>
    private static IEnumerable<GuestEvent> Probes(GuestConfig config)
    {
        byte word;
        return Libc.Read(StartDescriptor, &word, 1) == 1 && word == ProbeNow ? ProbeRun.Run(config) : throw new GuestException("PID 1 gave up before the probes");
    }

    /// <summary>Null when PID 1 gives up first.</summary>
    private static AgentStart? WaitForStart()
    {
        using var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(StartDescriptor, ownsHandle: false), FileAccess.Read, 0);
        using var reader = new StreamReader(stream);
        return reader.ReadLine() is { } line ? JsonSerializer.Deserialize(line, GuestJson.Default.AgentStart) : null;
    }

    /// <summary>Order matters: seccomp last, because it closes calls that the others need.</summary>
    private static IEnumerable<GuestEvent> Layers(GuestConfig config)
    {
        yield return NoNewPrivileges();
        yield return Landlock.Apply(config.ReadPaths, config.WritePaths);
        yield return SeccompFilter.Apply();
    }

    private static void Prepare(GuestConfig config)
    {
        Descriptors.CloseOnExecFrom(ReportDescriptor);
        // The first to go when the host runs out of memory. Before Landlock, which closes /proc for writing.
        using (var score = new FileStream("/proc/self/oom_score_adj", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0))
        {
            score.Write(System.Text.Encoding.ASCII.GetBytes(OomScore.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Limit(Linux.RLIMIT_CORE, 0, always: true);
        Limit(Linux.RLIMIT_NOFILE, config.Limits.OpenFiles);
        Limit(Linux.RLIMIT_NPROC, config.Limits.Processes);
        Limit(Linux.RLIMIT_DATA, config.Limits.DataBytes);
        // EINVAL: a kernel that knows no ambient capabilities has none to clear.
        if (Libc.Prctl(Linux.PR_CAP_AMBIENT, Linux.PR_CAP_AMBIENT_CLEAR_ALL) != 0 && Marshal.GetLastPInvokeError() != Linux.EINVAL)
        {
            throw GuestException.FromErrno("clear ambient capabilities");
        }

        AgentIdentity.Become(config.AgentUid);
        if (Libc.ChDir(config.WorkingDirectory) != 0)
        {
            throw GuestException.FromErrno($"working directory {config.WorkingDirectory}");
        }

        // .NET ignores SIGPIPE, and what is ignored stays ignored over execve: `yes | head` would never end.
        _ = Libc.Signal(Linux.SIGPIPE, 0);
        var none = stackalloc byte[128];
        new Span<byte>(none, 128).Clear();
        _ = Libc.PthreadSigmask(Linux.SIG_SETMASK, none, null);
    }

    private static void Limit(int resource, long value, bool always = false)
    {
        if (value <= 0 && !always)
        {
            return;
        }

        var limits = stackalloc ulong[2];
        if (Libc.GetRlimit(resource, limits) != 0)
        {
            throw GuestException.FromErrno($"getrlimit {resource}");
        }

        // Never above what was inherited: raising a hard limit needs a capability.
        limits[0] = limits[1] = Math.Min((ulong)value, limits[1]);
        if (Libc.SetRlimit(resource, limits) != 0)
        {
            throw GuestException.FromErrno($"setrlimit {resource}");
        }
    }

    private static GuestEvent NoNewPrivileges() =>
        Libc.Prctl(Linux.PR_SET_NO_NEW_PRIVS, 1) == 0 && Libc.Prctl(Linux.PR_GET_NO_NEW_PRIVS, 0) == 1
            ? LayerReport.Applied(SandboxLayers.NoNewPrivileges, "set")
            : LayerReport.Missing(SandboxLayers.NoNewPrivileges, Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    /// <summary>A plain write: works with every layer in force.</summary>
    private static void Report(GuestEvent report)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(report, GuestJson.Default.GuestEvent), (byte)'\n'];
        fixed (byte* buffer = bytes)
        {
            for (nint written = 0; written < bytes.Length;)
            {
                var count = Libc.Write(ReportDescriptor, buffer + written, bytes.Length - written);
                if (count <= 0)
                {
                    throw GuestException.FromErrno("report to PID 1");
                }

                written += count;
            }
        }
    }
}
