using System.Net;
using System.Net.Sockets;
using System.Text;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>
/// The HTTP client side of one session. It dials only addresses that were judged for the request, follows nothing, remembers nothing, adds nothing.
/// </summary>
internal static class UpstreamHandler
{
    private static readonly HttpRequestOptionsKey<Judgement> JudgementKey = new("secureagent.judgement");

    private static readonly HttpRequestOptionsKey<Uri> TargetKey = new("secureagent.target");

    /// <summary>Where the request really goes; the address it has until then holds placeholders and no values, as it may be logged.</summary>
    public static void SetTarget(this HttpRequestMessage request, Uri target) => request.Options.Set(TargetKey, target);

    public static void SetJudgement(this HttpRequestMessage request, Judgement judgement) => request.Options.Set(JudgementKey, judgement);

    public static HttpMessageInvoker Create(EgressProxyOptions options, UpstreamRoots roots, SessionBudget budget, Func<Judgement, CancellationToken, Task<Socket>> dial) => new(new TargetHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        PreAuthenticate = false,
        Credentials = null,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        SslOptions = { CertificateChainPolicy = roots.ChainPolicy() },
        MaxResponseHeadersLength = 128,
        PooledConnectionLifetime = options.ResolutionLifetime,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = async (context, cancellationToken) =>
        {
            if (!context.InitialRequestMessage.Options.TryGetValue(JudgementKey, out var judgement) || !judgement.IsAllowed)
            {
                throw new InvalidOperationException("A request without a judgement reached the network.");
            }

            var socket = await dial(judgement, cancellationToken);
            return budget.Meter(new NetworkStream(socket, ownsSocket: true));
        },
    }));

    private sealed class TargetHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = request.Options.TryGetValue(TargetKey, out var target) ? target : request.RequestUri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
