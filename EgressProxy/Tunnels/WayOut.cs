using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Secrets;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>
/// Connects to judged addresses: itself, or through the operator's own HTTP proxy, which is then asked for the address and never for a name. Its credential is
/// drawn for each connection and sent to it alone.
/// </summary>
internal sealed class WayOut(IOptions<EgressProxyOptions> options, INameResolver resolver, SecretLeases leases, TimeProvider time)
{
    private const string Method = "CONNECT";

    private readonly (CanonicalHost Host, int Port)? proxy = Read(options.Value.UpstreamProxy);
    private readonly ProxyBypass bypass = new(options.Value.UpstreamProxyBypass);

    /// <summary>Throws <see cref="DestinationUnreachableException"/>, and <see cref="OperationCanceledException"/> when the caller gave up.</summary>
    public async Task<Socket> DialAsync(SessionContext session, Judgement judgement, CancellationToken cancellationToken)
    {
        if (proxy is not var (host, port) || bypass.Covers(judgement))
        {
            return await Dialer.DialAsync(judgement.Addresses, judgement.Ask.Port, options.Value.ConnectTimeout, time, cancellationToken);
        }

        using var limit = new CancellationTokenSource(options.Value.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            IReadOnlyList<IPAddress> hops = host.Address is { } literal ? [literal] : await resolver.ResolveAsync(host.Name, both.Token);
            DestinationUnreachableException? last = null;
            foreach (var address in judgement.Addresses)
            {
                try
                {
                    return await ThroughAsync(session, hops, new IPEndPoint(address, judgement.Ask.Port), both.Token);
                }
                catch (DestinationUnreachableException error)
                {
                    last = error;
                }
            }

            throw last ?? new DestinationUnreachableException("there is no address to connect to", isTimeout: false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DestinationUnreachableException("no connection through the upstream proxy in time", isTimeout: true);
        }
    }

    private async Task<Socket> ThroughAsync(SessionContext session, IReadOnlyList<IPAddress> hops, IPEndPoint to, CancellationToken cancellationToken)
    {
        var socket = await Dialer.DialAsync(hops, proxy!.Value.Port, options.Value.ConnectTimeout, time, cancellationToken);
        try
        {
            await AskAsync(session, socket, to, cancellationToken);
            var answer = await HeadReader.ReadAsync<ProxyAnswer>(socket, ProxyAnswer.MaxLength, ProxyAnswer.Parse, cancellationToken);
            return answer is { Status: HeadStatus.Complete, Code: >= 200 and < 300 }
                ? socket
                : throw new DestinationUnreachableException(
                    answer.Status == HeadStatus.Complete ? $"the upstream proxy answered {answer.Code}" : "the upstream proxy gave no answer that is HTTP", isTimeout: false);
        }
        catch (Exception error) when (error is SocketException or SecretRefusedException)
        {
            socket.Dispose();
            throw new DestinationUnreachableException($"upstream proxy: {error.Message}", isTimeout: false, error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AskAsync(SessionContext session, Socket socket, IPEndPoint to, CancellationToken cancellationToken)
    {
        var target = to.ToString();
        var head = Encoding.ASCII.GetBytes($"{Method} {target} HTTP/1.1\r\nHost: {target}\r\n");
        await using var lease = await DrawAsync(session, cancellationToken);
        byte[] request = [.. head, .. CredentialOf(lease), .. "\r\n"u8];
        try
        {
            for (var sent = 0; sent < request.Length;)
            {
                sent += await socket.SendAsync(request.AsMemory(sent), SocketFlags.None, cancellationToken);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }
    }

    private async Task<SecretLease?> DrawAsync(SessionContext session, CancellationToken cancellationToken)
    {
        var (host, port) = proxy!.Value;
        using var activity = session.BeginActivity("egress-proxy draw", ActivityKind.Internal);
        var grant = session.Profile.Secrets.FirstOrDefault(grant => grant.IsForProxy && grant.Host == host.Name);
        return grant is null ? null : await leases.DrawAsync(new SecretDraw(session.Id, grant.Name, host.Name, port, Method), cancellationToken);
    }

    private static byte[] CredentialOf(SecretLease? lease)
    {
        if (lease is null)
        {
            return [];
        }

        return lease.Value.Bytes.ContainsAnyInRange((byte)0, (byte)0x1f) || lease.Value.Bytes.Contains((byte)0x7f)
            ? throw new DestinationUnreachableException("the upstream proxy's credential cannot stand in a header", isTimeout: false)
            : [.. "Proxy-Authorization: "u8, .. Encoding.Latin1.GetBytes(lease.Prefix), .. lease.Value.Bytes, .. "\r\n"u8];
    }

    private static (CanonicalHost, int)? Read(string? url)
    {
        if (string.IsNullOrEmpty(url))
        {
            return null;
        }

        return Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed is { Scheme: "http", UserInfo: "", PathAndQuery: "/" }
            && CanonicalHost.TryParse(parsed.IdnHost) is { } host
                ? (host, parsed.Port)
                : throw new StartupException(string.Create(
                    CultureInfo.InvariantCulture, $"EgressProxy__UpstreamProxy is '{url}'; write http://HOST:PORT, and put the credential under secrets with deliver.header: proxy-authorization"));
    }
}
