using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Policy.Document.Keys;

internal static class SandboxKeys
{
    private static readonly SandboxPolicy Default = SandboxPolicy.Default;

    public static Key<string> Driver { get; } = new(
        "driver", new ChoiceType<string>(("bubblewrap", "bubblewrap"), ("gvisor", "gvisor"), ("container", "container"), ("auto", "auto")), Default.Driver,
        "How the sandbox is built.", DefaultText: Default.Driver);

    public static Key<double> Cpu { get; } = new(
        "cpu", new As<decimal, double>(new NumberType(0.1m, 64, isWhole: false), value => (double)value), Default.Cpu,
        "Cores the session may use.", DefaultText: "1");

    public static Key<long> Memory { get; } = new(
        "memory", new SizeType(64L << 20, 1L << 40), Default.MemoryBytes, "Memory of all processes together.", DefaultText: SizeText.Of(Default.MemoryBytes));

    public static Key<int> Pids { get; } = new(
        "pids", new As<decimal, int>(new NumberType(16, 32768, isWhole: true), value => (int)value), Default.Pids,
        "Processes and threads at one time.", DefaultText: "256");

    public static Key<TimeSpan> WallClock { get; } = new(
        "wallClock", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), Default.WallClock,
        "Time after which the session is ended.", DefaultText: DurationText.Of(Default.WallClock));

    public static Key<long> Output { get; } = new(
        "output", new SizeType(1L << 10, 16L << 30), Default.OutputBytes,
        "Bytes of stdout and stderr together after which the session is ended.", DefaultText: SizeText.Of(Default.OutputBytes));

    public static Key<long> Tmp { get; } = new(
        "tmp", new SizeType(1L << 20, 64L << 30), Default.TmpBytes,
        "Size of the private /tmp and of the private home, each.", DefaultText: SizeText.Of(Default.TmpBytes));

    public static ObjectShape Shape { get; } = new(
        "sandbox", "The sandbox and its limits. Reaching a limit ends the process or the session, never the host.",
        [Driver, Cpu, Memory, Pids, WallClock, Output, Tmp]);

    public static ObjectType<SandboxPolicy> Type { get; } = new(Shape, view => new SandboxPolicy(
        view.Get(Driver), view.Get(Cpu), view.Get(Memory), view.Get(Pids), view.Get(WallClock), view.Get(Output), view.Get(Tmp)));
}
