using System.Runtime.InteropServices;
using System.Text.Json;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Init;

/// <summary>
/// PID 1 of the sandbox. Sets up what the agent will need, waits for the runner's word, starts the agent, and ends with its exit code; the
/// kernel then ends whatever else is in the namespace.
/// </summary>
internal static class InitStage
{
    /// <param name="args"><c>--config FILE</c></param>
    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        if (Environment.ProcessId != 1)
        {
            throw new GuestException("init runs only as PID 1 of a sandbox: it ends every process it can see");
        }

        // Closes /proc/1/{mem,exe,fd,environ} and ptrace to the agent, which has the same uid.
        if (Libc.Prctl(Linux.PR_SET_DUMPABLE, 0) != 0)
        {
            throw GuestException.FromErrno("PR_SET_DUMPABLE");
        }

        var configFile = StageArguments.Parse(args).Required("--config");
        var config = ReadConfig(configFile);
        RaiseDescriptorLimit();
        await using var runner = await RunnerChannel.ConnectAsync(config);
        try
        {
            await using var session = new SandboxSession(config, configFile, runner);
            return await session.RunAsync();
        }
        catch (GuestException failure)
        {
            await runner.SendAsync(new GuestEvent(GuestEvent.Failed) { Detail = failure.Message, Name = failure.Layer });
            throw;
        }
    }

    /// <summary>Shared with the exec stage.</summary>
    public static GuestConfig ReadConfig(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, GuestJson.Default.GuestConfig)
                ?? throw new GuestException($"{file} is empty");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            // The session's directory is open to its own uid only.
            throw new GuestException($"cannot read {file}: {failure.Message}", failure is UnauthorizedAccessException ? SandboxLayers.UnprivilegedUid : null, failure);
        }
    }

    private static unsafe void RaiseDescriptorLimit()
    {
        var limits = stackalloc ulong[2];
        if (Libc.GetRlimit(Linux.RLIMIT_NOFILE, limits) == 0)
        {
            limits[0] = limits[1];
            _ = Libc.SetRlimit(Linux.RLIMIT_NOFILE, limits); // soft up to hard is always granted
        }
    }
}
