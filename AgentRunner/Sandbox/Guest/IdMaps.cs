using System.Diagnostics;
using System.Globalization;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>More than one uid for a user namespace: only a process outside may give them, so that the one inside says when it is there, and waits.</summary>
internal static class IdMaps
{
    /// <summary>Before a command of the chain, in the new namespace.</summary>
    public static IReadOnlyList<string> Wait { get; } = ["sh", "-c", "echo && read -r go && exec \"$@\"", "sh"];

    /// <summary>A chain that ended says why by itself.</summary>
    public static async Task WriteAsync(Process process, IReadOnlyList<(uint Inside, uint Outside)> uids, CancellationToken cancellationToken)
    {
        if (await process.StandardOutput.BaseStream.ReadAsync(new byte[1], cancellationToken) == 0)
        {
            return;
        }

        var id = process.Id.ToString(CultureInfo.InvariantCulture);
        var map = string.Concat(uids.Select(uid => string.Create(CultureInfo.InvariantCulture, $"{uid.Inside} {uid.Outside} 1\n")));
        foreach (var file in new[] { "uid_map", "gid_map" })
        {
            await using var stream = new FileStream($"/proc/{id}/{file}", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(map), cancellationToken); // once, whole: the kernel takes no second write
        }

        await process.StandardInput.BaseStream.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await process.StandardInput.BaseStream.FlushAsync(cancellationToken);
    }
}
