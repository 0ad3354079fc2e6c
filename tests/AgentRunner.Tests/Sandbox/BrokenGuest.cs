using SecureAgent.AgentRunner.Sandbox;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>A Guest whose first stage, and so the whole chain, has one system call that does not do its work.</summary>
internal static class BrokenGuest
{
    private const int ENOSYS = 38;

    /// <param name="parent">Gets the program's directory, and is opened to everybody: a sandbox's uid must reach it.</param>
    /// <param name="answer">The call's error, 0 for a success that is none.</param>
    /// <param name="first">What the first stage does before, in Perl.</param>
    public static string Make(string parent, int call, int answer = ENOSYS, string first = "")
    {
        FaultTests.RequireBreakable();
        var directory = Path.Combine(parent, "guest");
        var managed = Directory.CreateDirectory(Path.Combine(directory, "managed")).FullName;
        foreach (var file in Directory.GetFiles(SandboxFixture.GuestDirectory))
        {
            File.Copy(file, Path.Combine(managed, Path.GetFileName(file)));
        }

        var program = Path.Combine(directory, "SecureAgent.Guest");
        File.WriteAllText(program, $$"""
            #!/usr/bin/perl
            if ($ARGV[0] eq 'launch') {
                {{first}}
                {{FaultTests.Filter(call, answer)}}
            }
            my ($here) = $0 =~ m{(.*)/};
            $ENV{DOTNET_EnableDiagnostics} = 0;
            for my $dotnet (grep { -x } '{{Root}}/dotnet', '{{SandboxPaths.Dotnet}}/dotnet') { exec {$dotnet} $dotnet, "$here/managed/SecureAgent.Guest.dll", @ARGV; }
            die "no runtime: $!";

            """);
        foreach (var path in new[] { parent, directory, managed, program })
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        return directory;
    }

    private static string Root => Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
