using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Server;

/// <summary>Writes and renews the service tokens of the graph's call edges, one file each, as the kubelet does with projected tokens.</summary>
internal sealed class TokenFiles(Graph graph, ServerLayout layout, TimeProvider time) : IDisposable
{
    private readonly ServiceTokenMint mint = new(time);

    public void WriteAll()
    {
        if (!File.Exists(layout.TokenKeyFile))
        {
            File.WriteAllText(layout.TokenKeyFile, mint.PublicKeyPem);
        }

        foreach (var component in graph.Processes)
        {
            Directory.CreateDirectory(layout.TokenDirectory(component.Name));
        }

        foreach (var (caller, audience) in ProcessEnvironment.Tokens(graph))
        {
            var path = Path.Combine(layout.TokenDirectory(caller), audience);
            PrivateFile.Replace(path, System.Text.Encoding.ASCII.GetBytes(mint.Mint(caller, audience)));
        }
    }

    /// <summary>Renews at half of the tokens' lifetime until cancelled.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ServiceTokenMint.Lifetime / 2, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            WriteAll();
        }
    }

    public void Dispose() => mint.Dispose();
}
