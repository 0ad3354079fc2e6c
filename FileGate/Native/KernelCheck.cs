using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate.Native;

/// <summary>Refuses to start where paths cannot be opened as handles: a check by name is no substitute.</summary>
internal sealed class KernelCheck : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new StartupException("the file gate runs on Linux: of macOS it has the opening of paths, not yet lists and changes; there and on Windows run it in a Linux virtual machine");
        }

        var error = Libc.Open(null, "/", OpenFlags.ForRoot, resolve: 0, out var root);
        using (root)
        {
            if (error == 0)
            {
                error = root.Open(".", OpenFlags.ForStat, out var confined);
                confined.Dispose();
            }
        }

        return error == 0
            ? Task.CompletedTask
            : throw new StartupException(
                $"the file gate needs openat2 ({Libc.Message(error)}); use Linux 5.6 or newer, and in a container a seccomp profile that allows openat2");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
