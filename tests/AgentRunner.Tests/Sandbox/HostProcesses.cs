namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The host's view of what runs in sandboxes.</summary>
internal static class HostProcesses
{
    /// <summary>Real, effective, saved and file-system uid of every process below this one that is in another network namespace.</summary>
    public static IReadOnlyList<string> UidsOfSandboxes() => [.. InOtherNetworks(Environment.ProcessId).SelectMany(process => Uids(process))];

    /// <summary>Process directories under /proc that descend from a process and are in another network namespace than this one.</summary>
    public static IReadOnlyList<string> InOtherNetworks(int ancestor)
    {
        var own = Link("/proc/self");
        var parents = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var directory in Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            if (Status(directory, "PPid:") is { } parent)
            {
                parents[Path.GetFileName(directory)] = parent.Trim();
            }
        }

        return [.. parents.Keys.Where(id => Descends(id, ancestor, parents)).Select(id => $"/proc/{id}").Where(path => Link(path) is { } network && network != own)];
    }

    /// <summary>Without what is dead and waits for its parent: a container's first process may never ask.</summary>
    public static IReadOnlyList<string> OfUid(uint uid) =>
        [.. Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]) && Uids(path).Contains(uid.ToString(null, null)) && Status(path, "State:")?.Trim() is [not ('Z' or 'X'), ..])];

    public static bool IsChild(int process) => Status($"/proc/{process}", "PPid:")?.Trim() == Environment.ProcessId.ToString(null, null);

    /// <summary>Whether a process' command line names this.</summary>
    public static bool Names(int process, string text) => CommandLine($"/proc/{process}").Contains(text, StringComparison.Ordinal);

    /// <summary>The kernel spreads a kill without telling anybody who is not a parent: looked at until it has, 30 s at most.</summary>
    public static async Task GoneAsync(uint uid)
    {
        if (!AgentRunner.Sandbox.SandboxUids.ServerIsRoot)
        {
            return;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (OfUid(uid).Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>Command lines on this machine that name the session: its whole chain does.</summary>
    public static IReadOnlyList<string> WithSessionDirectory(string sessionId) =>
        [.. Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Select(CommandLine).Where(line => line.Contains(sessionId, StringComparison.Ordinal))];

    /// <summary>Kills what names the session, and looks until it is gone.</summary>
    public static async Task EndAsync(string sessionId)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)).FirstOrDefault(path => CommandLine(path).Contains(sessionId, StringComparison.Ordinal)) is { } found)
        {
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(int.Parse(Path.GetFileName(found), null));
                process.Kill();
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
            {
                // Its parent's end was its own.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private static string CommandLine(string directory)
    {
        try
        {
            return File.ReadAllText($"{directory}/cmdline");
        }
        catch (IOException)
        {
            return ""; // gone meanwhile
        }
    }

    private static bool Descends(string id, int ancestor, Dictionary<string, string> parents)
    {
        var above = ancestor.ToString(null, null);
        while (parents.TryGetValue(id, out var parent) && parent != "0")
        {
            if (parent == above)
            {
                return true;
            }

            id = parent;
        }

        return false;
    }

    private static string[] Uids(string directory) =>
        (Status(directory, "Uid:") ?? "").Split('\t', StringSplitOptions.RemoveEmptyEntries);

    private static string? Status(string directory, string field)
    {
        try
        {
            return File.ReadLines($"{directory}/status").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))?[field.Length..];
        }
        catch (IOException)
        {
            return null; // gone meanwhile
        }
    }

    private static string? Link(string directory)
    {
        try
        {
            return new FileInfo($"{directory}/ns/net").LinkTarget;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
