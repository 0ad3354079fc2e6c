using System.Text;
using Microsoft.Net.Http.Headers;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>A credential for one request. It exists from the draw to the end of that request and is written in one place only.</summary>
internal sealed class InjectedCredential : IAsyncDisposable
{
    private static readonly string[] UnmaskableFields =
        [HeaderNames.AcceptEncoding, HeaderNames.Range, HeaderNames.IfRange, HeaderNames.SecWebSocketExtensions];

    private readonly SecretLease lease;

    private InjectedCredential(SecretLease lease) => (this.lease, Echoes) = (lease, new EchoMask(lease.Value.Bytes));

    public string LeaseId => lease.Id;

    /// <summary>Takes the value out of what comes back.</summary>
    public EchoMask Echoes { get; }

    /// <summary>Throws <see cref="SecretRefusedException"/>; the request must then fail.</summary>
    public static async Task<InjectedCredential> DrawAsync(SecretLeases leases, SecretDraw draw, CancellationToken cancellationToken)
    {
        var lease = await leases.DrawAsync(draw, cancellationToken);
        var fits = lease.Value.Length > 0 && !lease.Value.Bytes.ContainsAnyInRange((byte)0, (byte)0x1f) && !lease.Value.Bytes.Contains((byte)0x7f);
        if (fits)
        {
            return new InjectedCredential(lease);
        }

        await lease.DisposeAsync();
        throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"the value of '{draw.Name}' cannot stand in a header (it has a control character, perhaps a line break at its end)");
    }

    /// <summary>Replaces whatever the agent sent under the same name.</summary>
    public void Apply(HttpRequestMessage request)
    {
        request.Headers.Remove(lease.Header);
        request.Content?.Headers.Remove(lease.Header);

        // An echo is only found in plain bytes, and only whole.
        foreach (var field in UnmaskableFields)
        {
            request.Headers.Remove(field);
        }

        request.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, "identity");
        if (!request.Headers.TryAddWithoutValidation(lease.Header, lease.Prefix + Encoding.Latin1.GetString(lease.Value.Bytes)))
        {
            throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"the header '{lease.Header}' cannot be set on a request");
        }
    }

    public ValueTask DisposeAsync()
    {
        Echoes.Dispose();
        return lease.DisposeAsync();
    }
}
