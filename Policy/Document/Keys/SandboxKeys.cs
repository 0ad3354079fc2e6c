using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Document.Keys;

internal static class SandboxKeys
{
    private const long MostHome = 256 << 10;

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

    public static Key<IReadOnlyList<string>> Tools { get; } = new(
        "tools", new ListType<string>(new TextType(Patterns.Directory)), [],
        "Directories with installed programs, seen read-only at the same path; their bin and node_modules/.bin come first in PATH. Never a home, a place of credentials or of the system.",
        DefaultText: "[]");

    public static Key<IReadOnlyList<NamedText>> Environment { get; } = new(
        "environment", new MapType<string, NamedText>(new TextType(Patterns.LongText), (name, text) => new NamedText(name, text), "texts by variable", Patterns.Variable), [],
        "Variables of the agent's environment, in place of the server's own where they have the same name. The agent reads them: no credentials.");

    public static Key<IReadOnlyList<NamedText>> Home { get; } = new(
        "home", new MapType<string, NamedText>(new TextType(Patterns.LongText), (name, text) => new NamedText(name, text), "texts by relative path", Patterns.RelativePath), [],
        "Files that are in the agent's home when it starts, 256 KiB in all. The agent reads and changes them: no credentials.");

    public static ObjectShape Shape { get; } = new(
        "sandbox", "The sandbox and its limits. Reaching a limit ends the process or the session, never the host.",
        [Driver, Cpu, Memory, Pids, WallClock, Output, Tmp, Tools, Environment, Home]);

    public static ObjectType<SandboxPolicy> Type { get; } = new(Shape, Build);

    private static SandboxPolicy Build(ObjectView view)
    {
        var tools = view.Get(Tools);
        for (var at = 0; at < tools.Count; at++)
        {
            if (ToolPlaces.Refusal(tools[at]) is { } refusal)
            {
                view.Error(Tools, refusal);
            }
        }

        var home = view.Get(Home);
        if (home.Sum(file => (long)file.Text.Length) > MostHome)
        {
            view.Error(Home, "holds more than 256 KiB of text; shorten it, or give the files as a directory under tools");
        }

        if (home.FirstOrDefault(file => home.Any(other => other.Name.StartsWith(file.Name + "/", StringComparison.Ordinal))) is { } both)
        {
            view.Error(Home, $"'{Yaml.Display.Short(both.Name)}' is a file and the directory of another; choose one");
        }

        return new SandboxPolicy(
            view.Get(Driver), view.Get(Cpu), view.Get(Memory), view.Get(Pids), view.Get(WallClock), view.Get(Output), view.Get(Tmp))
        {
            Tools = new(tools), Environment = new(view.Get(Environment)), Home = new(home),
        };
    }
}
