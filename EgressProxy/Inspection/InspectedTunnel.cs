using SecureAgent.EgressProxy.Judging;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>The tunnel that a stream came through: every request in it is for its host and port.</summary>
/// <param name="Judgement">What was decided about the tunnel itself.</param>
/// <param name="IsTls">False when the tunnel turned out to carry plain HTTP, which only ports that are not of TLS may.</param>
internal sealed record InspectedTunnel(SessionAuthority Authority, Judgement Judgement, bool IsTls)
{
    private long requests;

    public string Scheme => IsTls ? "https" : "http";

    /// <summary>Requests judged so far.</summary>
    public long Requests => Volatile.Read(ref requests);

    public void Count() => Interlocked.Increment(ref requests);
}
