namespace SecureAgent.Policy.Egress;

/// <summary>
/// Ports whose protocol begins with TLS (IANA service names, and the usual alternates): a tunnel to one carries TLS unless its rule says <c>opaque</c>, and
/// nothing can be added to what passes there without opening it.
/// </summary>
public static class TlsPorts
{
    private static readonly HashSet<int> All = [443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 4443, 5061, 5671, 6443, 8443, 8883, 9443, 10443];

    public static bool Contains(int port) => All.Contains(port);
}
