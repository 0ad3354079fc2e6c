using System.Diagnostics;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Server;

/// <summary>Finds the built programs beside the host's own: <c>artifacts/bin/PROJECT/CONFIGURATION</c>.</summary>
internal sealed class ProgramFiles(string hostDirectory)
{
    private readonly string configuration = Path.GetFileName(hostDirectory.TrimEnd('/'));
    private readonly string root = Path.GetFullPath(Path.Combine(hostDirectory, "..", ".."));

    public static ProgramFiles OfThisHost { get; } = new(AppContext.BaseDirectory);

    /// <summary>The repository that a host in <c>artifacts/bin</c> was built from.</summary>
    public static string SourceRoot(string hostDirectory)
    {
        var source = Path.GetFullPath(Path.Combine(hostDirectory, "..", "..", "..", ".."));
        return File.Exists(Path.Combine(source, "SecureAgent.sln"))
            ? source
            : throw new StartupException($"images are built from the sources, and {source} holds none; run './dev images' in the repository");
    }

    /// <summary>The shipped policy document.</summary>
    public string DefaultPolicy => Path.Combine(hostDirectory, "policies", "default.yaml");

    public string DirectoryOf(string project)
    {
        var directory = Path.Combine(root, project, configuration);
        return Directory.Exists(directory)
            ? directory
            : throw new StartupException($"the program {project} is not built ({directory} is missing); build it: dotnet build SecureAgent.sln");
    }

    /// <summary>Guest's native build where there is one, else its framework-dependent build.</summary>
    public string GuestDirectory
    {
        get
        {
            var native = Path.Combine(root, "..", "native", "Guest");
            return File.Exists(Path.Combine(native, "SecureAgent.Guest")) ? Path.GetFullPath(native) : DirectoryOf("Guest");
        }
    }

    public ProcessStartInfo StartInfo(Component component)
    {
        var program = Path.Combine(DirectoryOf(component.Project!), $"SecureAgent.{component.Project}.dll");
        return new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet")
        {
            ArgumentList = { program },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
    }
}
