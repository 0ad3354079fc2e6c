using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>Starts a command that ends in Guest as PID 1, and waits for Guest to stand ready. The part of starting a sandbox that is the same for every driver.</summary>
internal sealed partial class GuestStarter(Launchers launchers, ControlGroups groups, TimeProvider time)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(45);

    public async Task<IPreparedSandbox> StartAsync(GuestStart start, CancellationToken cancellationToken)
    {
        var socketPath = Path.Combine(start.Request.Directory, Path.GetFileName(SandboxPaths.GuestSocket));
        Socket? listener = null;
        var launcher = await launchers.TakeAsync();
        var (process, group) = (launcher.Process, launcher.Group with { Scratch = start.Scratch, Leftovers = start.Leftovers });
        try
        {
            groups.Limit(group, start.Limits);
            listener = GuestChannel.Listen(socketPath, start.Request.HostUid);
            GuestConfigFile.Write(start.Config, start.Request.Directory);
            await launcher.OrderAsync(start.Order, cancellationToken);
            using var limit = new CancellationTokenSource(StartLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            if (start.Uids.Count > 0)
            {
                await IdMaps.WriteAsync(process, start.Uids, both.Token);
            }

            var channel = await ConnectAsync(process, listener, socketPath, start, both.Token);
            return await PreparedSandbox.WaitAsync(process, channel, group, start, time, both.Token);
        }
        catch (Exception failure)
        {
            listener?.Dispose();
            File.Delete(socketPath);
            await (launcher with { Group = group }).DiscardAsync();
            throw failure is OperationCanceledException && !cancellationToken.IsCancellationRequested
                ? new SandboxException($"the sandbox did not start within {StartLimit.TotalSeconds} s", inner: failure)
                : failure;
        }
        finally
        {
            launchers.Refill();
        }
    }

    /// <summary>Either Guest connects, or the chain ended and its last words say why.</summary>
    private static async Task<GuestChannel> ConnectAsync(Process process, Socket listener, string path, GuestStart start, CancellationToken cancellationToken)
    {
        using var exited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepting = GuestChannel.AcceptAsync(listener, path, start.Request.HostUid, start.Config.PacketDescriptor != 0, exited.Token);
        var ending = process.WaitForExitAsync(exited.Token);
        if (await Task.WhenAny(accepting, ending) == accepting)
        {
            await exited.CancelAsync();
            return await accepting;
        }

        await ending;
        await exited.CancelAsync();
        var words = (await process.StandardError.ReadToEndAsync(cancellationToken)).Trim();
        throw new SandboxException(
            $"the sandbox could not be built: {(words.Length > 0 ? words : $"exit code {process.ExitCode}")}", NamedLayer().Match(words) is { Success: true } named ? named.Groups[1].Value : null);
    }

    /// <summary>Words of Guest's, before anything of the agent's runs.</summary>
    [GeneratedRegex("^secure-agent guest: sandbox layer ([a-z_]+) is missing: ", RegexOptions.Multiline)]
    private static partial Regex NamedLayer();
}

/// <param name="Layers">Those the driver itself vouches for; Guest adds the others.</param>
internal sealed record GuestStart(SandboxRequest Request, GuestConfig Config, LaunchOrder Order, IReadOnlyList<SandboxLayer> Layers)
{
    /// <summary>Of the control group.</summary>
    public SandboxPolicy Limits { get; init; } = Request.Limits;

    /// <summary>A directory of the driver's that goes when the sandbox does.</summary>
    public string? Scratch { get; init; }

    /// <summary>Removes what may be left where a tool of the driver's was killed.</summary>
    public Func<Task> Leftovers { get; init; } = () => Task.CompletedTask;

    /// <summary>The agent's processes are no processes of this machine: PID 1 stops them.</summary>
    public bool FreezesInside { get; init; }

    /// <summary>Uids inside and outside that the chain waits for with <see cref="IdMaps.Wait"/>; groups have the same numbers. Empty where it maps its own.</summary>
    public IReadOnlyList<(uint Inside, uint Outside)> Uids { get; init; } = [];
}
