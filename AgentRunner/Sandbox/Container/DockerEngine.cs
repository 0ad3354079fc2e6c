namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>The docker engine of this machine, through its own program. Nobody's configuration of that program changes what is run.</summary>
/// <param name="Program">docker</param>
/// <param name="Host">DOCKER_HOST: a Unix socket of this machine; null for the default one.</param>
/// <param name="Home">In place of the user's: without a configuration. Holds a directory for each session.</param>
internal sealed record DockerEngine(string Program, string? Host, string Home)
{
    private const string Default = "unix:///var/run/docker.sock";

    /// <summary>Null where docker's program is not installed.</summary>
    public static DockerEngine? Find(HostTools tools, string? host, string runDirectory) => tools.Docker is { } program ? new DockerEngine(program, host, HomeIn(runDirectory)) : null;

    public static string HomeIn(string runDirectory) => Path.Combine(runDirectory, "docker");

    public string Address => Host ?? Default;

    /// <summary>Whether directories of this machine can be given to a container of the engine.</summary>
    public bool IsHere => Address.StartsWith("unix://", StringComparison.Ordinal);

    public IReadOnlyList<string> Command(params string[] words) => ["env", $"DOCKER_HOST={Address}", $"DOCKER_CONFIG={Home}", $"HOME={Home}", Program, .. words];

    /// <param name="input">Writes the program's standard input; null for none.</param>
    public Task<(int Code, string Words)> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken, Func<Stream, Task>? input = null) =>
        HostCommand.RunAsync(Command([.. words]), cancellationToken, input);
}
