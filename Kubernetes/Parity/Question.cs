using System.Net;
using System.Text.Json.Serialization;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>Where a connection goes, as a network sees it.</summary>
[JsonDerivedType(typeof(Pod))]
[JsonDerivedType(typeof(Name))]
[JsonDerivedType(typeof(Literal))]
[JsonDerivedType(typeof(ApiServer))]
internal abstract record Destination
{
    /// <summary>Pods of one workload.</summary>
    public sealed record Pod(string Workload, string Space, IReadOnlyDictionary<string, string> Labels) : Destination
    {
        public override string ToString() => $"{Space}/{Workload}";
    }

    /// <summary>A name that is looked up and has a public address.</summary>
    public sealed record Name(string Host) : Destination
    {
        public override string ToString() => Host;
    }

    public sealed record Literal(IPAddress Address) : Destination
    {
        public override string ToString() => Address.ToString();
    }

    public sealed record ApiServer : Destination
    {
        public override string ToString() => "kube-apiserver";
    }
}

/// <summary>One request: who → where.</summary>
internal sealed record Question(Destination.Pod From, Destination To, int Port)
{
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{From} -> {To}:{Port}");
}

/// <summary>What an account asks of the API server in the agents' namespace.</summary>
internal sealed record Request(string Account, string Verb, string Group, string Resource)
{
    public override string ToString() => $"{Account} {Verb} {(Group.Length == 0 ? "" : Group + "/")}{Resource}";
}
