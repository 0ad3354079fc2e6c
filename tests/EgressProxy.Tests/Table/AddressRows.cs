namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>Where an allowed name may lead. The control arm of all: a name that leads to a private address with leave.</summary>
internal static class AddressRows
{
    private static readonly Arm Reached = new ToAddress("127.0.0.1", AllowPrivate: true);

    public static IEnumerable<TableRow> All
    {
        get
        {
            yield return new("leads to 127.0.0.1, with leave", Reached, TableRow.Allowed, null);
            foreach (var (reason, addresses) in new[]
            {
                ("address_of_host", "127.0.0.1 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1"),
                ("address_private", "127.8.8.8 10.0.0.1 172.16.0.1 172.31.255.254 192.168.0.1 100.64.0.1 100.127.255.254 169.254.1.1 fc00::1 fd12::1 fe80::1 ::ffff:10.0.0.1 ::ffff:192.168.0.1"),
                ("address_metadata", "169.254.169.254 fd00:ec2::254 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1 100.100.100.200"),
                ("address_special", "0.0.0.0 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: 100::1 2001:db8::1 2001:2::1 ff02::1 64:ff9b:1::1"),
            })
            {
                foreach (var address in addresses.Split(' '))
                {
                    yield return new($"leads to {address}", new ToAddress(address, AllowPrivate: false), reason, Reached);
                }
            }

            foreach (var address in new[] { "169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "2002:a9fe:a9fe::1" })
            {
                yield return new($"leads to {address}, with leave", new ToAddress(address, AllowPrivate: true), "address_metadata", Reached);
            }
        }
    }
}
