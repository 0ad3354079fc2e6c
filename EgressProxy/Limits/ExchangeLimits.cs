using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Limits;

/// <summary>What a rule lets one request and its answer have in bytes and time, and which of it was reached.</summary>
internal sealed class ExchangeLimits : IDisposable
{
    private readonly InspectRule? rule;
    private readonly CancellationTokenSource? timer;
    private readonly CancellationTokenSource? ended;
    private long sent;
    private long received;
    private ReasonCode? bytes;

    /// <param name="rule">Null for a request that has no limits.</param>
    public ExchangeLimits(HttpContext context, InspectRule? rule, TimeProvider time)
    {
        this.rule = rule;
        Token = context.RequestAborted;
        if (rule is { MaxRequestBytes: not null })
        {
            context.Request.Body = new MeteredStream(context.Request.Body, Send, static _ => { });
        }

        if (rule?.MaxTime is { } longest)
        {
            timer = new CancellationTokenSource(longest, time);
            ended = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
            Token = ended.Token;
        }
    }

    /// <summary>Over when the client is gone or the time is.</summary>
    public CancellationToken Token { get; }

    public ReasonCode? Reached => bytes ?? (timer is { IsCancellationRequested: true } ? ReasonCode.TimeExceeded : null);

    /// <summary>Whether a request may be sent that says it is this long.</summary>
    public static bool MaySend(InspectRule? rule, long? length) => !(length > rule?.MaxRequestBytes);

    /// <summary>False when the answer says that it is too long.</summary>
    public bool MayAnswer(HttpResponseMessage answer, bool hasBody)
    {
        if (hasBody && answer.Content.Headers.ContentLength > rule?.MaxResponseBytes)
        {
            bytes ??= ReasonCode.ResponseTooLarge;
            return false;
        }

        if (rule is { MaxResponseBytes: not null } or { MaxRequestBytes: not null })
        {
            answer.Content = new WrappedContent(answer.Content, Bound);
        }

        return true;
    }

    public Stream Bound(Stream stream) => new MeteredStream(
        stream, read => Take(ref received, read, rule!.MaxResponseBytes, ReasonCode.ResponseTooLarge), Send);

    public void Dispose()
    {
        ended?.Dispose();
        timer?.Dispose();
    }

    private void Send(int count) => Take(ref sent, count, rule!.MaxRequestBytes, ReasonCode.RequestTooLarge);

    private void Take(ref long total, int count, long? most, ReasonCode reason)
    {
        total += count;
        if (total > most)
        {
            bytes ??= reason;
            throw new IOException($"the rule's limit of {most} bytes is reached");
        }
    }
}
