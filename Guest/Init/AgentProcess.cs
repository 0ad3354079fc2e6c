using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Exec;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Init;

/// <summary>The agent: leader of a session and process group of its own, started through the exec stage.</summary>
internal sealed unsafe class AgentProcess : IDisposable
{
    private const short SpawnSetSigDefault = 0x04;
    private const short SpawnSetSigMask = 0x08;
    private const short SpawnSetSid = 0x80;
    private const int LeastDescriptor = 5;
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    private readonly FileStream start;
    private readonly StreamReader reports;

    private AgentProcess(int pid, int reportDescriptor, int startDescriptor)
    {
        Pid = pid;
        reports = new StreamReader(new FileStream(new SafeFileHandle(reportDescriptor, ownsHandle: true), FileAccess.Read, 0));
        start = new FileStream(new SafeFileHandle(startDescriptor, ownsHandle: true), FileAccess.Write, 0);
    }

    public int Pid { get; }

    /// <summary>posix_spawn, not fork: a managed runtime does not survive fork.</summary>
    public static AgentProcess Spawn(string configFile)
    {
        var (report, start) = (Pipe(), Pipe());

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
        // Both from descriptors above the two, so that neither copy lands on the other's source.
        Check(Libc.SpawnActionsAddDup2(actions, report.Write, ExecStage.ReportDescriptor));
        Check(Libc.SpawnActionsAddDup2(actions, start.Read, ExecStage.StartDescriptor));

        using var argv = new NativeStrings([.. ProcessImage.Self(), "exec", "--config", configFile, "--probe", "yes"]);
        using var environment = new NativeStrings(StageEnvironment());
        int pid;
        Check(Libc.PosixSpawn(&pid, argv.First, actions, attributes, argv.Pointer, environment.Pointer));
        _ = Libc.Close(report.Write);
        _ = Libc.Close(start.Read);
        return new AgentProcess(pid, report.Read, start.Write);

        static void Check(int error)
        {
            if (error != 0)
            {
                throw new GuestException($"cannot start the exec stage: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    /// <summary>
    /// What the exec stage says about layers and probes, in order. The last is <see cref="GuestEvent.Prepared"/> unless the stage gave up.
    /// </summary>
    public IReadOnlyList<GuestEvent> ReadReports()
    {
        var read = new List<GuestEvent>();
        while (reports.ReadLine() is { } line)
        {
            read.Add(Parse(line));
            if (read[^1].Type == GuestEvent.Prepared)
            {
                break;
            }
        }

        return read;
    }

    /// <summary>Lets the stage become this. Its end of the pipe closes when the program runs; a line instead says why it does not.</summary>
    public GuestEvent Start(AgentStart what)
    {
        start.Write([.. JsonSerializer.SerializeToUtf8Bytes(what, GuestJson.Default.AgentStart), (byte)'\n']);
        start.Dispose();
        using (reports)
        {
            return reports.ReadLine() is { } line ? Parse(line) : new GuestEvent(GuestEvent.Started);
        }
    }

    private static GuestEvent Parse(string line) =>
        JsonSerializer.Deserialize(line, GuestJson.Default.GuestEvent) ?? throw new GuestException("the exec stage sent an empty report");

    /// <summary>Neither end below <see cref="LeastDescriptor"/>.</summary>
    private static (int Read, int Write) Pipe()
    {
        var pipe = stackalloc int[2];
        if (Libc.Pipe2(pipe, Linux.O_CLOEXEC) != 0)
        {
            throw GuestException.FromErrno("pipe");
        }

        return (Above(pipe[0]), Above(pipe[1]));
    }

    private static int Above(int descriptor)
    {
        if (descriptor >= LeastDescriptor)
        {
            return descriptor;
        }

        var moved = Libc.Fcntl(descriptor, DuplicateCloseOnExec, LeastDescriptor);
        _ = Libc.Close(descriptor);
        return moved >= 0 ? moved : throw GuestException.FromErrno("pipe");
    }

    /// <summary>To the whole process group. A group that has ended already is no error.</summary>
    public void Signal(int signal) => _ = Libc.Kill(-Pid, signal);

    public void Dispose()
    {
        reports.Dispose();
        start.Dispose();
    }

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
