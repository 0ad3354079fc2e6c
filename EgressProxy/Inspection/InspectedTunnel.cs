using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>The tunnel that a stream came through: every request in it is for its host and port.</summary>
/// <param name="Judgement">What was decided about the tunnel itself.</param>
/// <param name="IsTls">False when the tunnel turned out to carry plain HTTP, which only ports that are not of TLS may.</param>
internal sealed record InspectedTunnel(SessionAuthority Authority, Judgement Judgement, bool IsTls)
{
    private long requests;
    private string? named;
    private EgressAsk? asked;

    public string Scheme => IsTls ? "https" : "http";

    /// <summary>Requests judged so far.</summary>
    public long Requests => Volatile.Read(ref requests);

    /// <summary>Whether a request's Host is the tunnel's host and port. A spelling that was read before is not read again.</summary>
    public bool IsOwnHost(string text)
    {
        if (string.Equals(text, Volatile.Read(ref named), StringComparison.Ordinal))
        {
            return true;
        }

        if (Preface.Authority.TryParse(text, IsTls ? 443 : 80) is not { } authority || authority.Port != Judgement.Ask.Port || CanonicalHost.TryParse(authority.Host) != Judgement.Host)
        {
            return false;
        }

        Volatile.Write(ref named, text);
        return true;
    }

    public EgressAsk Ask(string method)
    {
        if (Volatile.Read(ref asked) is { } last && last.Method == method)
        {
            return last;
        }

        var ask = new EgressAsk(Scheme, method, Judgement.HostName, Judgement.Ask.Port) { Known = Judgement.Host };
        Volatile.Write(ref asked, ask);
        return ask;
    }

    public void Count() => Interlocked.Increment(ref requests);
}
