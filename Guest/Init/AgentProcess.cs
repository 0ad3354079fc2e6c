using System.Runtime.InteropServices;
using System.Text.Json;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Exec;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Init;

/// <summary>The agent: leader of a session and process group of its own, started through the exec stage.</summary>
internal sealed unsafe class AgentProcess
{
    private const short SpawnSetSigDefault = 0x04;
    private const short SpawnSetSigMask = 0x08;
    private const short SpawnSetSid = 0x80;

    private readonly int reportDescriptor;

    private AgentProcess(int pid, int reportDescriptor)
    {
        Pid = pid;
        this.reportDescriptor = reportDescriptor;
    }

    public int Pid { get; }

    /// <summary>posix_spawn, not fork: a managed runtime does not survive fork.</summary>
    public static AgentProcess Spawn(string configFile)
    {
        var pipe = stackalloc int[2];
        if (Libc.Pipe2(pipe, Linux.O_CLOEXEC) != 0)
        {
            throw GuestException.FromErrno("pipe");
        }

        // Larger than the structures of glibc and musl.
        var attributes = stackalloc byte[1024];
        var actions = stackalloc byte[256];
        var signals = stackalloc byte[128];
        new Span<byte>(signals, 128).Clear();
        Check(Libc.SpawnAttrInit(attributes));
        Check(Libc.SpawnAttrSetSigMask(attributes, signals));
        Check(Libc.SigFillSet(signals));
        Check(Libc.SpawnAttrSetSigDefault(attributes, signals));
        Check(Libc.SpawnAttrSetFlags(attributes, SpawnSetSigDefault | SpawnSetSigMask | SpawnSetSid));
        Check(Libc.SpawnActionsInit(actions));
        Check(Libc.SpawnActionsAddDup2(actions, pipe[1], ExecStage.ReportDescriptor));

        using var argv = new NativeStrings([.. ProcessImage.Self(), "exec", "--config", configFile]);
        using var environment = new NativeStrings(StageEnvironment());
        int pid;
        Check(Libc.PosixSpawn(&pid, argv.First, actions, attributes, argv.Pointer, environment.Pointer));
        _ = Libc.Close(pipe[1]);
        return new AgentProcess(pid, pipe[0]);

        static void Check(int error)
        {
            if (error != 0)
            {
                throw new GuestException($"cannot start the exec stage: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    /// <summary>
    /// What the exec stage says about the layers, in order. Its end of the pipe closes when the agent's program runs, so the last line is
    /// <see cref="GuestEvent.Started"/> unless the stage gave up.
    /// </summary>
    public IReadOnlyList<GuestEvent> ReadReports()
    {
        using var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(reportDescriptor, ownsHandle: true), FileAccess.Read, 0);
        using var reader = new StreamReader(stream);
        var reports = new List<GuestEvent>();
        while (reader.ReadLine() is { } line)
        {
            reports.Add(JsonSerializer.Deserialize(line, GuestJson.Default.GuestEvent)
                ?? throw new GuestException("the exec stage sent an empty report"));
        }

        if (!reports.Exists(report => report.Type is GuestEvent.ExecFailed or GuestEvent.Failed))
        {
            reports.Add(new GuestEvent(GuestEvent.Started));
        }

        return reports;
    }

    /// <summary>To the whole process group. A group that has ended already is no error.</summary>
    public void Signal(int signal) => _ = Libc.Kill(-Pid, signal);

    private static List<string> StageEnvironment()
    {
        var environment = new List<string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment.Add($"{entry.Key}={entry.Value}");
        }

        return environment;
    }
}
