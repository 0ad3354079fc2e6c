using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Freezing;

namespace SecureAgent.AgentRunner.Sandbox.Usage;

/// <summary>Memory of a process and everything below it, where no control group counts it (proc(5)).</summary>
internal static class MemoryUse
{
    private const int ResidentField = 1;

    /// <summary>True when more is used than this. What many processes share is first counted for each, which is cheap; only when that is too much is each asked for its share.</summary>
    public static bool Exceeds(int process, long bytes)
    {
        var tree = ProcessEntry.Below(process);
        return tree.Sum(Resident) > bytes && tree.Sum(Share) > bytes;
    }

    private static long Resident(ProcessEntry process) =>
        Read(process, "statm").FirstOrDefault() is { } line ? long.Parse(line.Split(' ')[ResidentField], CultureInfo.InvariantCulture) * Environment.SystemPageSize : 0;

    /// <summary>Where the kernel does not tell the share, all of it.</summary>
    private static long Share(ProcessEntry process) =>
        Read(process, "smaps_rollup").Where(line => line.StartsWith("Pss:", StringComparison.Ordinal) || line.StartsWith("SwapPss:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10)
            .ToList() is { Count: > 0 } shares ? shares.Sum() : Resident(process);

    /// <summary>Nothing of a process that ended meanwhile, or that does not let itself be looked at.</summary>
    private static string[] Read(ProcessEntry process, string file)
    {
        try
        {
            return File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/{file}"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
