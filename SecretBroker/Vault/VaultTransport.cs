using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault;

/// <summary>Sends one request and reads its answer; knows statuses, not meanings.</summary>
internal sealed class VaultTransport(HttpClient http, VaultOptions options, TimeProvider time) : IDisposable
{
    private const int MaxAnswer = 4 << 20;
    private const int Attempts = 3;

    /// <summary>Throws <see cref="VaultException"/> for anything but a success. Repeats only what may be repeated.</summary>
    public async Task<PinnedBody> SendAsync(VaultCall call, SecretValue? token, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var (status, body) = await SendOnceAsync(call, token, cancellationToken);
                if (status is >= 200 and < 300)
                {
                    return body;
                }

                body.Dispose();
                throw VaultException.Of(status, call.Path);
            }
            catch (VaultException error) when (attempt < Attempts && call.IsRepeatable && IsPassing(error.Error))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), time, cancellationToken);
            }
        }
    }

    /// <summary>The answer whatever its status; the caller disposes the body.</summary>
    public async Task<(int Status, PinnedBody Body)> SendOnceAsync(VaultCall call, SecretValue? token, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request(call, token);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(both.Token);
            var body = await PinnedBody.ReadAsync(stream, MaxAnswer, both.Token)
                ?? throw new VaultException(VaultError.TooLarge, $"vault {call.Path}: the answer has more than {MaxAnswer} bytes");
            return ((int)response.StatusCode, body);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new VaultException(VaultError.Timeout, $"vault {call.Path}: no answer within {options.Timeout.TotalSeconds} s", error);
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException)
        {
            throw new VaultException(VaultError.Untrusted, $"vault {call.Path}: the server's certificate is not trusted; give its authority with VAULT_CACERT", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new VaultException(VaultError.Unreachable, $"vault {call.Path}: {options.Address} cannot be reached", error);
        }
    }

    /// <summary>Reads a JSON answer. An empty body, as after 204, has none.</summary>
    public static T Parse<T>(PinnedBody body, VaultCall call, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body.Bytes, type) ?? throw Malformed(call);
        }
        catch (JsonException)
        {
            // The parser's message may quote what it stumbled over.
            throw Malformed(call);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Sealed and standby are states an operator ends, not hiccups.</summary>
    private static bool IsPassing(VaultError error) => error is VaultError.Unreachable or VaultError.ServerFailed or VaultError.RateLimited;

    private static VaultException Malformed(VaultCall call) => new(VaultError.Malformed, $"vault {call.Path}: the answer is not what this API gives");

    private static HttpRequestMessage Request(VaultCall call, SecretValue? token)
    {
        var request = new HttpRequestMessage(call.Method, new Uri($"v1/{call.Path}", UriKind.Relative));
        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", Encoding.ASCII.GetString(token.Bytes));
        }

        if (call.WrapFor is { } ttl)
        {
            request.Headers.Add("X-Vault-Wrap-TTL", ((long)ttl.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }

        if (call.Body is { } body)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        return request;
    }
}
