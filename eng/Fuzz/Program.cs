using System.Diagnostics;
using System.Globalization;
using SecureAgent.Fuzz;

string Text(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
var cases = long.Parse(Text("--cases", "10000000"), CultureInfo.InvariantCulture);
var seed = ulong.Parse(Text("--seed", "1"), CultureInfo.InvariantCulture);
var failed = false;
var targets = FuzzTargets.All.Where(target => target.Name.Contains(Text("--only", ""), StringComparison.OrdinalIgnoreCase)).ToList();
if (targets.Count == 0)
{
    Console.Error.WriteLine($"--only '{Text("--only", "")}' names no parser; there are: {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}");
    return 2;
}

foreach (var target in targets)
{
    var started = Stopwatch.GetTimestamp();
    var result = FuzzRun.Run(target, cases, seed, Environment.ProcessorCount);
    var elapsed = Stopwatch.GetElapsedTime(started);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{target.Name}: {result.Cases:N0} cases in {elapsed.TotalSeconds:N0} s, {result.Accepted:N0} accepted, the slowest took {result.Slowest.TotalMilliseconds:N1} ms{(result.Failure is null ? "" : ", FAILED")}"));
    if (result.Failure is { } failure)
    {
        failed = true;
        Console.WriteLine(failure);
    }
}

return failed ? 1 : 0;
