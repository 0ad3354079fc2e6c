using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Init;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Jobs;

/// <summary>A program whose input and output travel over the runner's line: on a terminal, or on three pipes.</summary>
internal sealed class Job
{
    private readonly Terminal? terminal;
    private readonly Window window = new(JobWindow.Bytes);
    private readonly InputQueue input;
    private readonly List<OutputPump> pumps = [];
    private readonly List<int> descriptors = [];
    private volatile AgentProcess? process;
    private volatile bool isOver;
    private volatile bool isAbandoned;

    private Job(int id, Terminal? terminal, int inputDescriptor, IEnumerable<(int Descriptor, bool IsError)> outputs, Action<GuestEvent> send)
    {
        this.terminal = terminal;
        input = new InputQueue(inputDescriptor, closeAtEnd: terminal is null, count => send(new GuestEvent(GuestEvent.InputTaken) { Job = id, Count = count }), () => isOver);
        input.Start();
        foreach (var (descriptor, isError) in outputs)
        {
            descriptors.Add(descriptor);
            pumps.Add(new OutputPump(descriptor, window, bytes => Send(id, bytes, isError, send), () => isOver));
        }

        pumps.ForEach(pump => pump.Start());
    }

    public static Job OnTerminal(int id, Terminal terminal, Action<GuestEvent> send) => new(id, terminal, terminal.Master, [(terminal.Master, false)], send);

    /// <summary>The three ends of PID 1, and what the program gets.</summary>
    public static (Job Job, StandardStreams Ends) OnPipes(int id, Action<GuestEvent> send)
    {
        var (stdin, stdout, stderr) = (Descriptors.Pipe(), Descriptors.Pipe(), Descriptors.Pipe());
        Descriptors.DoNotBlock(stdin.Write);
        return (new Job(id, null, stdin.Write, [(stdout.Read, false), (stderr.Read, true)], send), new StandardStreams(stdin.Read, stdout.Write, stderr.Write));
    }

    public void Write(byte[] bytes) => input.Add(bytes);

    public void CloseInput() => input.Complete();

    public void Resize(TerminalSize size) => terminal?.Resize(size);

    public void OutputTaken(int count) => window.Return(count);

    /// <summary>Null until it was started.</summary>
    public AgentProcess? Process
    {
        get => process;
        set
        {
            process = value;
            if (isAbandoned)
            {
                value?.Signal(Linux.SIGKILL);
            }
        }
    }

    /// <summary>SIGKILL, and output is dropped from now on.</summary>
    public void Abandon()
    {
        isAbandoned = true;
        process?.Signal(Linux.SIGKILL);
        window.Open();
    }

    /// <summary>The program has ended: sends what it left behind and lets go of the descriptors.</summary>
    public async Task FinishAsync()
    {
        isOver = true;
        input.Complete();
        await Task.WhenAll(pumps.Select(pump => pump.Finished));
        descriptors.ForEach(descriptor => _ = Libc.Close(descriptor));
    }

    private void Send(int id, byte[] bytes, bool isError, Action<GuestEvent> send)
    {
        if (!isAbandoned)
        {
            send(new GuestEvent(GuestEvent.Output) { Job = id, Data = bytes, IsError = isError ? true : null });
        }
    }
}
