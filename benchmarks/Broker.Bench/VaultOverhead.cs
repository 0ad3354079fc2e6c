using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Bench;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;

namespace SecureAgent.Broker.Bench;

/// <summary>A secret in Vault read by a client itself, and leased from the broker: decided, read, recorded on disk, given back. No mark: where there is a Vault.</summary>
internal static class VaultOverhead
{
    private const int Rounds = 5;

    /// <summary>So many that none reaches the rate a session may ask at.</summary>
    private const int Sessions = 32;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2);

    public static async Task MeasureAsync(Report report, string root)
    {
        if (VaultServer.Program is not { } program)
        {
            report.Say("The overhead over raw Vault reads was not measured: set VAULT_BIN, or put vault or bao on PATH.");
            return;
        }

        Directory.CreateDirectory(root);
        await using var vault = await VaultServer.StartAsync(program, root);
        await using var broker = await BrokerServer.StartAsync(root, vault);
        for (var session = 0; session < Sessions; session++)
        {
            await broker.OpenAsync($"s-{session}");
        }

        using var channel = GrpcChannel.ForAddress(broker.Address);
        var client = new Leases.LeasesClient(channel);
        var headers = new Metadata { { "authorization", $"Bearer {broker.Mint.Mint(ComponentNames.EgressProxy, ComponentNames.SecretBroker)}" } };
        var number = 0;
        foreach (var workers in new[] { 1, 16 })
        {
            report.Table($"one secret in {Path.GetFileName(program)}, {workers} at a time", await Load.RunAsync(
                [new Arm("raw read", _ => vault.ReadAsync()), new Arm("lease from the broker", _ => LeaseAsync(client, headers, $"s-{Interlocked.Increment(ref number) % Sessions}"), () => broker.CpuTime)], workers, Rounds, Slice));
        }
    }

    private static async Task LeaseAsync(Leases.LeasesClient client, Metadata headers, string session)
    {
        var lease = await client.DrawAsync(new DrawRequest { SessionId = session, Name = "model", Host = "api.example.com", Port = 80, Method = "POST" }, headers);
        if (lease.Value.ToStringUtf8() != BrokerServer.Value)
        {
            throw new InvalidOperationException("not the value that was stored");
        }

        await client.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, headers);
    }
}
