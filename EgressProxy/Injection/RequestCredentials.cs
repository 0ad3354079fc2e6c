using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
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
    private readonly BodyFinding body;
    private byte[]? filled;

    private RequestCredentials(Dictionary<string, SecretLease> leases, string? inject, Placeholders placeholders, BodyFinding body)
    {
        (this.leases, this.placeholders, this.body) = (leases, placeholders, body);
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
        SecretLeases from, SecretDraw draw, string? inject, Placeholders placeholders, BodyFinding body, CancellationToken cancellationToken)
    {
        var drawn = new Dictionary<string, SecretLease>(StringComparer.Ordinal);
        try
        {
            var named = placeholders.All.Select(placeholder => placeholder.Secret).Concat(body.Placeholders?.All.Select(placeholder => placeholder.Secret) ?? []);
            foreach (var name in named.Prepend(inject).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                var lease = drawn[name] = await from.DrawAsync(draw with { Name = name }, cancellationToken);
                if (lease.Value.Length == 0 || lease.Value.Bytes.ContainsAnyInRange((byte)0, (byte)0x1f) || lease.Value.Bytes.Contains((byte)0x7f))
                {
                    throw new SecretRefusedException(
                        ReasonCode.SecretUnavailable, $"the value of '{name}' cannot stand in a header (it has a control character, perhaps a line break at its end)");
                }

                if (body.Placeholders is { IsJson: true } && !Utf8.IsValid(lease.Value.Bytes))
                {
                    throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"the value of '{name}' cannot stand in JSON (it is no UTF-8)");
                }
            }

            return new RequestCredentials(drawn, inject, placeholders, body);
        }
        catch
        {
            await EndAsync(drawn.Values);
            throw;
        }
    }

    /// <summary>The target with its placeholders replaced.</summary>
    public string Fill(string pathAndQuery) => placeholders.Fill(pathAndQuery, name => InQuery(leases[name].Value.Bytes));

    /// <summary>The same for its body, whose length changes with it.</summary>
    public void FillBody(HttpRequest request)
    {
        if (body.Placeholders is not { All.Count: > 0 } places)
        {
            return;
        }

        filled = places.Fill(body.Held.Span, name => InBody(leases[name].Value.Bytes, places.IsJson));
        request.Body = new MemoryStream(filled, writable: false);
        request.ContentLength = request.ContentLength is null ? null : filled.Length;
    }

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
        CryptographicOperations.ZeroMemory(filled);
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

    private static byte[] InBody(ReadOnlySpan<byte> value, bool isJson)
    {
        if (!isJson)
        {
            return Encoding.ASCII.GetBytes(InQuery(value));
        }

        var text = new ArrayBufferWriter<byte>(value.Length + 2);
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStringValue(value);
        }

        var quoted = text.WrittenSpan.ToArray();
        text.Clear();
        return quoted;
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
