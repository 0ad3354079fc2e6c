using System.Text;

namespace SecureAgent.Fuzz;

internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        ConnectHeadTarget.Target, SocksTargets.Greeting, SocksTargets.Request, ClientHelloTarget.Target, ProxyAnswerTarget.Target,
        HostTargets.Host, HostTargets.Authority, HostTargets.Absolute, HostTargets.Path,
    ];

    public static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];
}
