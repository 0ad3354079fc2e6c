using System.Globalization;
using System.Net;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>What the agent asked for, as it wrote it. Nothing here is trusted.</summary>
/// <param name="Via"><c>connect</c>, <c>socks</c>, <c>http</c>, <c>https</c>, <c>route</c>, <c>tls</c>.</param>
internal sealed record EgressAsk(string Via, string Method, string HostText, int Port)
{
    /// <summary>Set where the text was read before; else it is read when it is judged.</summary>
    public CanonicalHost? Known { get; init; }

    /// <summary>Null when the text is no host.</summary>
    public CanonicalHost? Host => Known ?? CanonicalHost.TryParse(HostText);
}

/// <summary>The answer for one destination. Addresses are there only when it is allowed, and are the only ones that may be dialled.</summary>
/// <param name="Host">Null when the text was no host.</param>
internal sealed record Judgement(EgressAsk Ask, Decision Decision, CanonicalHost? Host, EgressRule? Rule, IReadOnlyList<IPAddress> Addresses)
{
    private const int MaxShownText = 300;

    public bool IsAllowed => Decision.IsAllowed;

    /// <summary>The profile it was decided by; null where none was asked.</summary>
    public Profile? Under { get; init; }

    /// <summary>What the operator said, or that he said nothing; null when he was not asked.</summary>
    public string? Asked { get; init; }

    /// <summary>The session's budget that refused it; null for none.</summary>
    public Spent? Spent { get; private init; }

    /// <summary>The host as understood, or a bounded piece of what was sent.</summary>
    public string HostName => Host?.Name ?? (Ask.HostText.Length <= MaxShownText ? Ask.HostText : Ask.HostText[..MaxShownText]);

    public string Subject => string.Create(CultureInfo.InvariantCulture, $"{(Host?.Address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } ? $"[{HostName}]" : HostName)}:{Ask.Port}");

    /// <summary>Refused before anything was looked up.</summary>
    public static Judgement OutOf(Spent spent, EgressAsk ask) =>
        new(ask, Decision.Deny(spent.Reason), ask.Host, null, []) { Spent = spent };

    /// <summary>Turns the answer into a refusal for a reason found later; never the other way round.</summary>
    public Judgement Refuse(ReasonCode reason) => this with { Decision = Decision.Deny(reason, Decision.Rule), Addresses = [] };
}
