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
    /// <param name="probe">For the first of a sandbox: later ones share it with what the agent has done meanwhile.</param>
    /// <param name="standard">Its descriptors 0, 1 and 2; null for those of PID 1.</param>
    public static AgentProcess Spawn(string configFile, bool probe, StandardStreams? standard = null)
    {
        var (report, start) = (Descriptors.Pipe(), Descriptors.Pipe());

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

        if (standard is { } streams)
        {
            Check(Libc.SpawnActionsAddDup2(actions, streams.Input, 0));
            Check(Libc.SpawnActionsAddDup2(actions, streams.Output, 1));
            Check(Libc.SpawnActionsAddDup2(actions, streams.Error, 2));
        }

        string[] probing = probe ? ["--probe", "yes"] : [];
        using var argv = new NativeStrings([.. ProcessImage.Self(), "exec", "--config", configFile, .. probing]);
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

    /// <summary>The ports listen and the runner's door is closed: what the probes will find. The stage has put its layers on meanwhile.</summary>
    public void LetProbe() => start.Write([ExecStage.ProbeNow]);

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

/// <summary>Descriptors a process starts with.</summary>
internal readonly record struct StandardStreams(int Input, int Output, int Error)
{
    /// <summary>PID 1's copies: the program has its own.</summary>
    public void Close()
    {
        _ = Libc.Close(Input);
        _ = Libc.Close(Output);
        _ = Libc.Close(Error);
    }
}
