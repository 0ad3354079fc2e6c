using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecureAgent.EgressProxy.Injection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using Yarp.ReverseProxy.Forwarder;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>
/// The outgoing request of one judged request: path as sent, host as judged, nothing that belongs to the hop before (RFC 9110 §7.6.1), and the
/// credential last, so that nothing the agent sent can take it away or stand beside it.
/// </summary>
internal sealed class ForwardTransformer(Judgement judgement, GuardedRequest request, RequestCredentials? credential, ExchangeLimits limits) : HttpTransformer
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Hop-by-hop fields beyond those YARP drops, and Expect, which Kestrel has answered already.</summary>
    private static readonly HashSet<string> HopFields = new([HeaderNames.TE, HeaderNames.Trailer, HeaderNames.Expect], StringComparer.OrdinalIgnoreCase);

    /// <summary>The destination compressed its answer although it was asked not to: what it may echo cannot be found.</summary>
    public bool IsUnmaskable { get; private set; }

    /// <summary>The destination's answer says that it is longer than the rule allows.</summary>
    public bool IsTooLong { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = TargetOf(request.PathAndQuery);
        if (credential?.Fill(request.PathAndQuery) is { } filled && filled != request.PathAndQuery)
        {
            proxyRequest.SetTarget(TargetOf(filled));
        }

        var fields = httpContext.Request.Headers;
        RemoveHopFields(fields, proxyRequest.Headers);
        proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.Host, HostField);
        if (HttpProtocol.IsHttp2(httpContext.Request.Protocol) && fields.TE == "trailers")
        {
            // The only value HTTP/2 has (RFC 9113 §8.2.2); gRPC servers ask for it.
            proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.TE, "trailers");
        }

        proxyRequest.SetJudgement(judgement);
        credential?.Apply(proxyRequest);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        // Where no upgrade was asked for 101 is a lie; YARP must not act on it.
        if (request.Upgrade is null && proxyResponse is { StatusCode: System.Net.HttpStatusCode.SwitchingProtocols })
        {
            httpContext.Response.StatusCode = StatusCodes.Status502BadGateway;
            return false;
        }

        if (proxyResponse is not null && !limits.MayAnswer(proxyResponse, hasBody: !HttpMethods.IsHead(httpContext.Request.Method)))
        {
            IsTooLong = true;
            return false;
        }

        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is not null && proxyResponse.Headers.NonValidated.Contains(HeaderNames.Connection))
        {
            foreach (var name in ConnectionOptions(proxyResponse.Headers.Connection.ToString()))
            {
                httpContext.Response.Headers.Remove(name);
            }
        }

        return copyBody && (credential is null || proxyResponse is null || Mask(httpContext.Response, proxyResponse, credential.Echoes));
    }

    public override async ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        if (credential is not null && httpContext.Features.Get<IHttpResponseTrailersFeature>() is { Trailers: { } trailers })
        {
            Mask(trailers, credential.Echoes);
        }
    }

    /// <summary>False when the destination sent what cannot be searched.</summary>
    private bool Mask(HttpResponse response, HttpResponseMessage origin, EchoMask echoes)
    {
        if (origin.Content.Headers.ContentEncoding.Any(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            IsUnmaskable = true;
            return false;
        }

        response.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        Mask(response.Headers, echoes);
        origin.Content = new WrappedContent(origin.Content, body => new MaskedStream(body, echoes));
        return true;
    }

    private static void Mask(IHeaderDictionary fields, EchoMask echoes)
    {
        foreach (var (name, values) in fields.ToArray())
        {
            fields.Remove(name);
            if (echoes.Apply(name) == name)
            {
                fields[name] = values.Select(echoes.Apply).ToArray();
            }
        }
    }

    private static void RemoveHopFields(IHeaderDictionary sent, HttpRequestHeaders outgoing)
    {
        outgoing.Host = null;
        foreach (var (name, values) in sent)
        {
            if (HopFields.Contains(name) || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase))
            {
                outgoing.Remove(name);
            }
            else if (name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase))
            {
                foreach (var named in ConnectionOptions(values))
                {
                    outgoing.Remove(named);
                }
            }
        }
    }

    private Uri TargetOf(string pathAndQuery) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{request.Scheme}://{UriHost}:{judgement.Ask.Port}{pathAndQuery}"), Verbatim);

    private string HostField =>
        judgement.Ask.Port == (request.Scheme == "https" ? 443 : 80) ? UriHost : string.Create(CultureInfo.InvariantCulture, $"{UriHost}:{judgement.Ask.Port}");

    private string UriHost => judgement.Host is { Address.AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } v6 ? $"[{v6.Name}]" : judgement.HostName;

    /// <summary>Kestrel keeps only <c>close</c> or <c>keep-alive</c> where either is named: fields named beside it then pass as ordinary ones.</summary>
    private static IEnumerable<string> ConnectionOptions(Microsoft.Extensions.Primitives.StringValues connection) => connection
        .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        .Where(name => name.All(unit => char.IsAsciiLetterOrDigit(unit) || unit is '-' or '_'));
}
