using System.Diagnostics;
using System.Text.Json;

namespace SecureAgent.Cli.Server;

/// <summary>A host process started by this command. It stops when its standard input closes, also when this process is killed.</summary>
internal sealed class OwnedServer : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(6);

    private const string HostPrefix = "secure-agent: ";

    private readonly Process process;
    private readonly Task<string> errors;

    private OwnedServer(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
    }

    public static async Task<OwnedServer> StartAsync(ServerRequest request, IProgressDisplay progress, CancellationToken cancellationToken)
    {
        var start = HostProgram.StartInfo();
        start.ArgumentList.Add("--events");
        start.ArgumentList.Add("--data");
        start.ArgumentList.Add(request.DataDirectory);
        foreach (var option in request.StartOptions)
        {
            start.ArgumentList.Add(option);
        }

        var server = new OwnedServer(Process.Start(start) ?? throw new CommandException($"{start.FileName} did not start"));
        try
        {
            await server.WaitForReadyAsync(progress, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopPatience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Its components die with it: they asked the kernel for that.
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task WaitForReadyAsync(IProgressDisplay progress, CancellationToken cancellationToken)
    {
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            switch (root.GetProperty("event").GetString())
            {
                case "state":
                    progress.Component(root.GetProperty("component").GetString()!, root.GetProperty("state").GetString()!);
                    break;
                case "ready":
                    progress.Ready(root.GetProperty("milliseconds").GetInt64());
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return;
                case "failed":
                    throw new CommandException(root.GetProperty("message").GetString()!);
                default:
                    break;
            }
        }

        // What was wrong with its options it says as this command would.
        var said = (await errors).Trim();
        throw new CommandException(said.StartsWith(HostPrefix, StringComparison.Ordinal) ? said[HostPrefix.Length..] : $"the server ended before it was ready: {said}");
    }
}
