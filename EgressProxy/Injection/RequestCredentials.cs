using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>The credentials of one request. They exist from the draw to the end of that request and are written in one place only.</summary>
internal sealed class RequestCredentials : IAsyncDisposable
{
    private static readonly string[] UnmaskableFields =
        [HeaderNames.AcceptEncoding, HeaderNames.Range, HeaderNames.IfRange, HeaderNames.SecWebSocketExtensions];

    private readonly Dictionary<string, SecretLease> leases;
    private readonly SecretLease? injected;
    private readonly Placeholders placeholders;

    private RequestCredentials(Dictionary<string, SecretLease> leases, string? inject, Placeholders placeholders)
    {
        (this.leases, this.placeholders) = (leases, placeholders);
        injected = inject is null ? null : leases[inject];
        Echoes = EchoMask.Of(leases.Values);
    }

    public string LeaseIds => string.Join(", ", leases.Values.Select(lease => lease.Id));

    /// <summary>Takes the values out of what comes back.</summary>
    public EchoMask Echoes { get; }

    /// <summary>Throws <see cref="SecretRefusedException"/>; the request must then fail.</summary>
    /// <param name="inject">The secret that the rule adds by itself; null for none.</param>
    /// <param name="draw">Session and destination; the name is set here.</param>
    public static async Task<RequestCredentials> DrawAsync(
        SecretLeases from, SecretDraw draw, string? inject, Placeholders placeholders, CancellationToken cancellationToken)
    {
        var drawn = new Dictionary<string, SecretLease>(StringComparer.Ordinal);
        try
        {
            foreach (var name in placeholders.All.Select(placeholder => placeholder.Secret).Prepend(inject).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                var lease = drawn[name] = await from.DrawAsync(draw with { Name = name }, cancellationToken);
                if (lease.Value.Length == 0 || lease.Value.Bytes.ContainsAnyInRange((byte)0, (byte)0x1f) || lease.Value.Bytes.Contains((byte)0x7f))
                {
                    throw new SecretRefusedException(
                        ReasonCode.SecretUnavailable, $"the value of '{name}' cannot stand in a header (it has a control character, perhaps a line break at its end)");
                }
            }

            return new RequestCredentials(drawn, inject, placeholders);
        }
        catch
        {
            await EndAsync(drawn.Values);
            throw;
        }
    }

    /// <summary>The target with its placeholders replaced.</summary>
    public string Fill(string pathAndQuery) => placeholders.Fill(pathAndQuery, name => InQuery(leases[name].Value.Bytes));

    /// <summary>Replaces whatever the agent sent under the same names.</summary>
    public void Apply(HttpRequestMessage request)
    {
        // An echo is only found in plain bytes, and only whole.
        foreach (var field in UnmaskableFields)
        {
            request.Headers.Remove(field);
        }

        request.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, "identity");
        foreach (var placeholder in placeholders.All.Where(placeholder => placeholder.IsField))
        {
            Set(request, placeholder.Place, placeholder.Scheme, leases[placeholder.Secret]);
        }

        if (injected is not null)
        {
            Set(request, injected.Header, injected.Prefix, injected);
        }
    }

    public ValueTask DisposeAsync()
    {
        Echoes.Dispose();
        return EndAsync(leases.Values);
    }

    private static void Set(HttpRequestMessage request, string field, string before, SecretLease lease)
    {
        request.Headers.Remove(field);
        request.Content?.Headers.Remove(field);
        if (!request.Headers.TryAddWithoutValidation(field, before + Encoding.Latin1.GetString(lease.Value.Bytes)))
        {
            throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"the header '{field}' cannot be set on a request");
        }
    }

    private static string InQuery(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder();
        foreach (var unit in value)
        {
            _ = char.IsAsciiLetterOrDigit((char)unit) || unit is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                ? text.Append((char)unit)
                : text.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
        }

        return text.ToString();
    }

    private static async ValueTask EndAsync(IEnumerable<SecretLease> leases)
    {
        foreach (var lease in leases)
        {
            await lease.DisposeAsync();
        }
    }
}
