using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>
/// Everything the proxy is asked, in one table, over real sockets and real TLS: each row says what is decided and why, and each refusal has a control arm that
/// differs in the one thing and passes.
/// </summary>
public sealed class RequestTableTests(TableProxy proxy) : IClassFixture<TableProxy>
{
    private static readonly IReadOnlyDictionary<string, TableRow> Table =
        HostRows.All.Concat(AddressRows.All).Concat(ForwardRows.All).Concat(InspectedRows.All).Concat(CredentialRows.All).ToDictionary(row => Shown(row.Name), StringComparer.Ordinal);

    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (name, row) in Table)
            {
                rows.Add(name, row.Reason);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Request_OfTheTable_IsDecidedAsItSays(string name, string reason)
    {
        var row = Table[name];

        var played = await proxy.PlayAsync(row.Arm);

        Assert.Equal((reason, reason == TableRow.Allowed), (played.Last.Reason, played.Last.IsAllowed));
        if (reason == TableRow.Allowed)
        {
            return;
        }

        // Of two requests on one connection the first is a good one.
        var isSecond = name.Contains("second request", StringComparison.Ordinal);
        Assert.Equal((isSecond ? 1 : 0, 0), (played.Reached, played.Drawn));
        Assert.True(isSecond || row.Arm is Greeting || ProxyUnderTest.StatusOf(played.Answer) is 0 or >= 400, played.Answer);
        var control = await proxy.PlayOnceAsync(row.Control ?? throw new InvalidOperationException("A refusal has a control arm."));
        Assert.True(control.Last.IsAllowed, $"The control arm was refused: {control.Last.Reason}");
    }

    [Fact]
    public void Table_IsAsLargeAsItShouldBe_AndNamesEveryReasonOfThePlane()
    {
        Assert.InRange(Table.Count, 150, int.MaxValue);
        Assert.All(
            new[]
            {
                "no_rule", "port_not_allowed", "host_invalid", "host_mismatch", "scheme_not_allowed", "method_not_allowed", "path_not_allowed", "path_invalid", "tls_required", "sni_missing",
                "ech_not_allowed", "upgrade_not_allowed", "credential_foreign", "request_malformed", "address_private", "address_metadata", "address_special", "address_of_host", "unsupported",
            },
            reason => Assert.Contains(Table.Values, row => row.Reason == reason));
    }

    /// <summary>Test names are text.</summary>
    private static string Shown(string name) => string.Concat(name.Select(unit => unit is >= ' ' and < '\x7f' ? $"{unit}" : $"<{(int)unit:x2}>"));
}
