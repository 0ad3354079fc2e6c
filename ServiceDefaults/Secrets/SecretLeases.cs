using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.ServiceDefaults.Secrets;

/// <summary>A gate's way to the SecretBroker: draws leases under the gate's own service token.</summary>
public sealed partial class SecretLeases : IDisposable
{
    /// <summary>Configuration key of the broker's address; as environment <c>services__secret-broker__http__0</c>.</summary>
    public const string AddressKey = $"services:{ComponentNames.SecretBroker}:http:0";

    /// <summary>Trailer of a refused call with the reason code's name.</summary>
    public const string ReasonTrailer = "reason";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<string, ReasonCode> Reasons = Enum.GetValues<ReasonCode>().ToDictionary(code => code.Name(), StringComparer.Ordinal);

    private readonly GrpcChannel? channel;
    private readonly Leases.LeasesClient? client;
    private readonly TimeProvider time;
    private readonly ILogger<SecretLeases> log;

    public SecretLeases(IConfiguration configuration, TimeProvider time, ILogger<SecretLeases> log)
    {
        (this.time, this.log) = (time, log);
        channel = ServiceChannel.To(ComponentNames.SecretBroker, configuration);
        client = channel is null ? null : new Leases.LeasesClient(channel);
    }

    /// <summary>Throws <see cref="SecretRefusedException"/> when there is no lease to be had, whatever the cause.</summary>
    public async Task<SecretLease> DrawAsync(SecretDraw draw, CancellationToken cancellationToken)
    {
        if (client is null)
        {
            throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"no secret broker is configured ({AddressKey})");
        }

        try
        {
            var reply = await client.DrawAsync(
                new DrawRequest { SessionId = draw.SessionId, Name = draw.Name, Host = draw.Host, Port = draw.Port, Method = draw.Method },
                deadline: time.GetUtcNow().UtcDateTime + Deadline, cancellationToken: cancellationToken);
            return new SecretLease(this, time, reply.LeaseId, Take(reply))
            {
                Header = reply.Header,
                Prefix = reply.Prefix,
                ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(reply.ExpiresUnixMs),
            };
        }
        catch (RpcException error) when (error.StatusCode != StatusCode.Cancelled || !cancellationToken.IsCancellationRequested)
        {
            throw Refused(draw, error);
        }
        catch (IOException error)
        {
            throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"secret '{draw.Name}': this gate has no token for the secret broker", error);
        }
    }

    public void Dispose() => channel?.Dispose();

    /// <summary>Best effort: a lease that could not be given back ends by its own lifetime or with the session.</summary>
    internal async Task GiveBackAsync(string leaseId)
    {
        try
        {
            await client!.RevokeAsync(new RevokeRequest { LeaseId = leaseId }, deadline: time.GetUtcNow().UtcDateTime + Deadline);
        }
        catch (Exception error) when (error is RpcException or IOException)
        {
            LogNotGivenBack(leaseId, error.Message);
        }
    }

    /// <summary>Copies the value into its pinned home and wipes the message's own array.</summary>
    private static SecretValue Take(Lease reply)
    {
        var value = SecretValue.CopyOf(reply.Value.Span);
        if (MemoryMarshal.TryGetArray(reply.Value.Memory, out var array))
        {
            CryptographicOperations.ZeroMemory(array);
        }

        return value;
    }

    private static SecretRefusedException Refused(SecretDraw draw, RpcException error)
    {
        var name = error.Trailers.GetValue(ReasonTrailer);
        var reason = name is not null && Reasons.TryGetValue(name, out var known) ? known : ReasonCode.SecretUnavailable;
        return new SecretRefusedException(reason, $"secret '{draw.Name}' for {draw.Host}: {error.Status.Detail}", error);
    }

    [LoggerMessage(1, LogLevel.Debug, "Lease {Lease} was not given back ({Why}); it ends by its lifetime")]
    private partial void LogNotGivenBack(string lease, string why);
}

public static class SecretLeasesExtensions
{
    /// <summary>Registers <see cref="SecretLeases"/>.</summary>
    public static void AddSecretLeases(this WebApplicationBuilder builder) => builder.Services.AddSingleton<SecretLeases>();
}
