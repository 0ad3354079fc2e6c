using System.Globalization;
using SecureAgent.Bench;

namespace SecureAgent.Sandbox.Bench;

/// <summary>How long an operator waits: a command in a sandbox, another beside it, and the way out of it; with what else there is, in one run.</summary>
internal static class SandboxBench
{
    private static readonly string[] Bubblewrap = ["--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"];

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var root = Directory.CreateTempSubdirectory("sa-bench-").FullName;
        File.SetUnixFileMode(root, (UnixFileMode)Convert.ToInt32("711", 8));
        try
        {
            return options.Sessions > 0 ? await SoakBench.RunAsync(options.Sessions, root) : await TimesAsync(options, root);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<int> TimesAsync(BenchOptions options, string root)
    {
        var report = new Report("sandbox");
        await using var server = await DevServer.StartAsync(Path.Combine(root, "data"));
        var live = await Sessions.CreateAsync(server, "sleep", "86400");
        var native = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "native", "Cli", "secure-agent"));
        var managed = AppContext.BaseDirectory.Replace("/Sandbox.Bench/", "/Cli/", StringComparison.Ordinal) + "secure-agent.dll";
        report.Say(File.Exists(native) ? "Guest and the CLI are native" : "no native build (./dev native): the CLI and Guest start the .NET runtime each time");
        var run = File.Exists(native) ? Commands.Of("secure-agent run -- true", native, "run", "--data", server.Data, "--", "true")! : Commands.Of("secure-agent run -- true", "dotnet", managed, "run", "--data", server.Data, "--", "true")!;
        var runtime = await Commands.SandboxRuntimeAsync(Path.Combine(root, "npm"));
        Arm?[] arms =
        [
            run, new Arm("a session over the API", _ => Sessions.RunAsync(server)), new Arm("exec in a live session, API", _ => Sessions.ExecAsync(server, live)),
            Commands.Of("bwrap … true", "bwrap", Bubblewrap), runtime, Commands.Of("runsc do true", "runsc", "--platform=ptrace", "--network=none", "do", "true"),
        ];
        var measured = await Load.RunAsync([.. arms.OfType<Arm>()], workers: 1, options.Rounds, options.Slice);
        report.Table("start to exit code", measured);
        double Milliseconds(string arm) => measured.Single(one => one.Arm == arm).P50 / 1000;
        report.AtMost("secure-agent run -- true, p50", Milliseconds("secure-agent run -- true"), 60, "ms");
        if (runtime is null)
        {
            report.Missing("times faster than srt true", "needs npm, rg and socat");
        }
        else
        {
            report.AtLeast("times faster than srt true", Milliseconds("srt true") / Milliseconds("secure-agent run -- true"), 5, "");
        }

        report.AtMost("exec in a live session, p50", Milliseconds("exec in a live session, API"), 10, "ms");
        await PoolBench.RunAsync(report, root);
        await RelayBench.RunAsync(report, options, root);
        return report.Finish(string.Create(CultureInfo.InvariantCulture, $"secure-agent run -- true p50 {Milliseconds("secure-agent run -- true"):0.0} ms"));
    }
}
