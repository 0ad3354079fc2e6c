namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>What is sent. <c>{http}</c> and <c>{https}</c> in texts stand for the origin's ports; every character is one byte.</summary>
internal abstract record Arm;

/// <summary>Bytes on the session's socket.</summary>
internal sealed record OnSocket(string Bytes) : Arm;

/// <summary>CONNECT or SOCKS5 to a name that a hostile DNS leads to this address.</summary>
internal sealed record ToAddress(string Address, bool AllowPrivate) : Arm;

/// <summary>CONNECT, and then the first bytes of a client, see <see cref="Support.Hellos"/>.</summary>
internal sealed record Greeting(string Authority, string Kind) : Arm;

/// <summary>CONNECT, TLS with a name, and bytes in it.</summary>
internal sealed record InTls(string Host, string ServerName, string Bytes) : Arm;

/// <param name="Reason">Reason code of the last decision.</param>
/// <param name="Control">What passes, and differs only in what the row is about; null when the row itself passes.</param>
internal sealed record TableRow(string Name, Arm Arm, string Reason, Arm? Control)
{
    public const string Allowed = "allowed_by_rule";

    public override string ToString() => Name;
}
