using System.Globalization;
using Microsoft.Extensions.Options;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.Contracts;

namespace SecureAgent.AgentRunner;

/// <summary>What the host tells the runner; see the README for the variables.</summary>
internal sealed class AgentRunnerOptions
{
    /// <summary>Directory of the Guest program. Default: beside this program, as the build lays it out.</summary>
    public string GuestDirectory { get; set; } = Beside("Guest");

    /// <summary>Directory of the built-in agent; when it is not there, sessions need a command.</summary>
    public string AgentDirectory { get; set; } = Beside("DesktopAgent");

    /// <summary>Policy file of sessions that bring none; empty for none.</summary>
    public string PolicyFile { get; set; } = "";

    /// <summary>Layers every session of this server may do without.</summary>
    public IReadOnlyList<string> AllowDegraded { get; set; } = [];

    /// <summary>Sandboxes kept ready, 0 to 64, default 0.</summary>
    public int Pool { get; set; }

    /// <summary>Where bwrap, unshare and the tools of the other drivers are looked for.</summary>
    public string SearchPath { get; set; } = "";

    /// <summary>The docker engine's Unix socket, <c>unix://PATH</c>; null for <c>/var/run/docker.sock</c>. Asked only where podman does not work.</summary>
    public string? DockerHost { get; set; }

    /// <summary>Bytes of output kept for replay. 64 KiB to 1 GiB, default 4 MiB.</summary>
    public int ReplayBytes { get; set; } = 4 << 20;

    public static void Bind(AgentRunnerOptions options, IConfiguration configuration)
    {
        options.GuestDirectory = configuration[HostEnvironment.GuestDirectory] ?? options.GuestDirectory;
        options.AgentDirectory = configuration[HostEnvironment.AgentDirectory] ?? options.AgentDirectory;
        options.PolicyFile = configuration[HostEnvironment.PolicyFile] ?? options.PolicyFile;
        options.AllowDegraded = (configuration[HostEnvironment.AllowDegraded] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        options.Pool = configuration[HostEnvironment.Pool] is { } pool ? int.TryParse(pool, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : -1 : options.Pool;
        options.DockerHost = configuration["DOCKER_HOST"] is { Length: > 0 } engine ? engine : null;
        options.SearchPath = configuration["PATH"] ?? options.SearchPath;
    }

    /// <summary><c>artifacts/bin/PROJECT/CONFIGURATION</c>.</summary>
    private static string Beside(string project)
    {
        var own = AppContext.BaseDirectory.TrimEnd('/');
        return Path.GetFullPath(Path.Combine(own, "..", "..", project, Path.GetFileName(own)));
    }
}

internal sealed class AgentRunnerOptionsValidator : IValidateOptions<AgentRunnerOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentRunnerOptions options)
    {
        var errors = new List<string>();
        if (!GuestProgram.IsProgramDirectory(options.GuestDirectory))
        {
            errors.Add($"{HostEnvironment.GuestDirectory}: '{options.GuestDirectory}' does not hold the Guest program; build it: dotnet build Guest");
        }

        if (options.ReplayBytes is < 64 << 10 or > 1 << 30)
        {
            errors.Add($"ReplayBytes: {options.ReplayBytes} is not between 65536 and 1073741824");
        }

        if (options.Pool is < 0 or > SandboxPool.Most)
        {
            errors.Add($"{HostEnvironment.Pool} (--pool): not a number from 0 to {SandboxPool.Most}");
        }

        errors.AddRange(options.AllowDegraded.Where(layer => !SandboxProbe.Degradable.Contains(layer)).Select(layer =>
            $"{HostEnvironment.AllowDegraded} (--allow-degraded): '{layer}' is not a layer a session can do without; choose from {string.Join(", ", SandboxProbe.Degradable)}"));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
