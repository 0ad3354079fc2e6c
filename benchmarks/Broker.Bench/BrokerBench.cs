using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Bench;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.Broker.Bench;

/// <summary>Leases from the embedded store at a fixed rate, each given back as a gate does, every one on disk in the audit log before its value leaves.</summary>
internal static class BrokerBench
{
    private const int Sessions = 16;
    private const int Channels = 4;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var root = Directory.CreateTempSubdirectory("sa-b-").FullName;
        try
        {
            return await RunAsync(options, root);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<int> RunAsync(BenchOptions options, string root)
    {
        var report = new Report("broker");
        await using var broker = await BrokerServer.StartAsync(root);
        for (var session = 0; session < Sessions; session++)
        {
            await broker.OpenAsync($"s-{session}");
        }

        var channels = Enumerable.Range(0, Channels).Select(_ => GrpcChannel.ForAddress(broker.Address)).ToArray();
        var clients = channels.Select(channel => new Leases.LeasesClient(channel)).ToArray();
        var headers = new Metadata { { "authorization", $"Bearer {broker.Mint.Mint(ComponentNames.EgressProxy, ComponentNames.SecretBroker)}" } };

        async Task<long> IssueAsync(int number)
        {
            var client = clients[number % Channels];
            var lease = await client.DrawAsync(
                new DrawRequest { SessionId = $"s-{number % Sessions}", Name = "model", Host = "api.example.com", Port = 80, Method = "POST" }, headers);
            var done = Stopwatch.GetTimestamp();
            if (lease.Value.ToStringUtf8() != BrokerServer.Value)
            {
                throw new InvalidOperationException("not the value that was stored");
            }

            await client.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, headers);
            return done;
        }

        var warm = await SteadyLoad.RunAsync(options.Rate / 4, TimeSpan.FromSeconds(8), IssueAsync);
        var cpu = broker.CpuTime;
        var result = await SteadyLoad.RunAsync(options.Rate, options.Time, IssueAsync);
        cpu = broker.CpuTime - cpu;
        Array.ForEach(channels, channel => channel.Dispose());
        var recorded = AuditReader.Read(broker.AuditDirectory, AuditPosition.Start).Count(record => record.IsDecision && record.IsAllowed);
        await VaultOverhead.MeasureAsync(report, Path.Combine(root, "vault"));
        return Finish(report, options, result, cpu, recorded - warm.Sorted.Length);
    }

    private static int Finish(Report report, BenchOptions options, SteadyResult result, TimeSpan cpu, int recorded)
    {
        if (result.FirstFailure is { } failure)
        {
            report.Say($"{result.Failed} failed, the first with: {failure}");
        }

        double At(double percent) => result.Sorted.Length == 0 ? double.PositiveInfinity : Percentiles.Of(result.Sorted, percent);
        string Show(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
        var rate = result.Sorted.Length / result.Elapsed.TotalSeconds;
        report.Table(
            $"{options.Rate} leases a second for {options.Time.TotalSeconds:0} s, each given back; {Sessions} sessions; {Environment.ProcessorCount} cores, the client on them too",
            ["issued", "a second", "p50 ms", "p95 ms", "p99 ms", "max ms", "broker CPU µs a lease"],
            [[$"{result.Sorted.Length}", Show(rate), Show(At(50)), Show(At(95)), Show(At(99)), Show(At(100)), Show(cpu.TotalMicroseconds / Math.Max(1, result.Sorted.Length))]]);
        report.AtLeast("leases issued a second", rate, options.Rate * 0.99, "");
        report.AtMost("p99 from the moment a lease was due", At(99), 20, "ms");
        report.AtMost("failed", result.Failed, 0, "");
        report.AtLeast("decisions on record for each lease", (double)recorded / Math.Max(1, result.Sorted.Length), 1, "");
        return report.Finish($"{Show(rate)} leases a second, p99 {Show(At(99))} ms");
    }
}
