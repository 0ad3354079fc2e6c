using System.Net.Http.Headers;
using System.Text;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Secrets;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>An answer whose headers are here, or why there is none.</summary>
internal readonly record struct UpstreamReply(HttpResponseMessage? Response, OpenAiError? Error);

/// <summary>
/// Sends one request with headers of our own making only. A credential is leased for this session, host and method, put on this one request and given back;
/// redirects are not followed, so it goes nowhere else.
/// </summary>
internal sealed class UpstreamClient(UpstreamSettings settings, SecretLeases leases, TimeProvider time) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    })
    {
        BaseAddress = settings.BaseAddress,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<UpstreamReply> SendAsync(
        SessionContext session, HttpMethod method, string path, byte[]? body, IHeaderDictionary? clientHeaders, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(settings.FirstByteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        foreach (var header in settings.PassHeaders)
        {
            request.Headers.TryAddWithoutValidation(header, clientHeaders?[header].ToString());
        }

        try
        {
            await using var lease = await CredentialAsync(session, method, request, either.Token);
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return new(response, null);
            }

            using (response)
            {
                return new(null, await UpstreamErrors.ReadAsync(response, either.Token));
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(null, OpenAiError.Upstream($"The model server did not begin to answer within {settings.FirstByteTimeout.TotalSeconds:0} s."));
        }
        catch (HttpRequestException)
        {
            return new(null, OpenAiError.Upstream("The model server cannot be reached; the operator must start it or mend its address."));
        }
        catch (SecretRefusedException refused)
        {
            return new(null, OpenAiError.Upstream("The gateway was given no credential for the model server; the operator must allow or set it.", refused.Reason));
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<SecretLease?> CredentialAsync(SessionContext session, HttpMethod method, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (settings.Secret is not { } name)
        {
            return null;
        }

        var lease = await leases.DrawAsync(new SecretDraw(session.Id, name, settings.BaseAddress.IdnHost, settings.BaseAddress.Port, method.Method), cancellationToken);
        if (lease.Value.Length > 0 && !lease.Value.Bytes.ContainsAnyInRange((byte)0, (byte)0x1f)
            && request.Headers.TryAddWithoutValidation(lease.Header, lease.Prefix + Encoding.Latin1.GetString(lease.Value.Bytes)))
        {
            return lease;
        }

        await lease.DisposeAsync();
        throw new SecretRefusedException(ReasonCode.SecretUnavailable, $"the value of '{name}' cannot stand in a header");
    }
}
