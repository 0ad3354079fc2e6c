namespace SecureAgent.Guest.Native;

/// <summary>Replaces this process, or names how to start it again.</summary>
internal static unsafe class ProcessImage
{
    /// <summary>execvp with this process's own environment; returns only by exception.</summary>
    public static GuestException Replace(IReadOnlyCollection<string> command)
    {
        if (command.Count == 0)
        {
            return new GuestException("no command to execute");
        }

        using var argv = new NativeStrings(command);
        _ = Libc.ExecVp(argv.First, argv.Pointer);
        return GuestException.FromErrno($"cannot execute {command.First()}");
    }

    /// <summary>This program as a command: the native binary, or <c>dotnet</c> with the assembly.</summary>
    public static IReadOnlyList<string> Self()
    {
        var path = Environment.ProcessPath ?? throw new GuestException("the path of this program is unknown");
        return Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? [path, Environment.GetCommandLineArgs()[0]]
            : [path];
    }
}
