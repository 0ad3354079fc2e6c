using System.Buffers;

namespace SecureAgent.FileGate.Redaction;

/// <summary>A credential that says what it is: a fixed prefix and a body of known letters and length.</summary>
/// <param name="Min">Shortest body, in characters.</param>
/// <param name="Max">Longest body; a longer run is something else when <paramref name="IsExact"/>.</param>
/// <param name="NeedsShape">The prefix alone proves little: the body must look random too.</param>
internal sealed record TokenFormat(string Prefix, SearchValues<char> Body, int Min, int Max = 512, bool IsExact = false, bool NeedsShape = false);

/// <summary>Formats as their issuers publish them.</summary>
internal static class TokenFormats
{
    private const string Digits = "0123456789";
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> Alnum = SearchValues.Create(Digits + Lower + Upper);
    private static readonly SearchValues<char> Word = SearchValues.Create(Digits + Lower + Upper + "_");
    private static readonly SearchValues<char> Url = SearchValues.Create(Digits + Lower + Upper + "-_");
    private static readonly SearchValues<char> Dotted = SearchValues.Create(Digits + Lower + Upper + "-_.");
    private static readonly SearchValues<char> Path = SearchValues.Create(Digits + Lower + Upper + "/");
    private static readonly SearchValues<char> Base64 = SearchValues.Create(Digits + Lower + Upper + "+/=");
    private static readonly SearchValues<char> Hex = SearchValues.Create(Digits + "abcdefABCDEF");
    private static readonly SearchValues<char> UpperDigits = SearchValues.Create(Digits + Upper);

    public static IReadOnlyList<TokenFormat> All { get; } =
    [
        // AWS access key identifiers: long-lived, temporary, bearer.
        new("AKIA", UpperDigits, 16, IsExact: true, Max: 16), new("ASIA", UpperDigits, 16, IsExact: true, Max: 16), new("ABIA", UpperDigits, 16, IsExact: true, Max: 16),

        // Source forges and package registries.
        new("ghp_", Alnum, 36), new("gho_", Alnum, 36), new("ghu_", Alnum, 36), new("ghs_", Alnum, 36), new("ghr_", Alnum, 36), new("github_pat_", Word, 22),
        new("glpat-", Dotted, 20), new("gldt-", Url, 20), new("glrt-", Dotted, 20), new("npm_", Alnum, 36), new("pypi-AgE", Url, 40),
        new("dckr_pat_", Url, 24), new("ATATT3", Url, 40), new("cio", Alnum, 32, IsExact: true, Max: 32, NeedsShape: true),

        // Models.
        new("sk-ant-", Url, 24), new("sk-proj-", Url, 24), new("sk-svcacct-", Url, 24), new("sk-", Url, 24, NeedsShape: true),
        new("gsk_", Alnum, 40), new("hf_", Alnum, 30), new("r8_", Alnum, 30), new("xai-", Alnum, 40), new("nvapi-", Url, 40), new("AIza", Url, 35),

        // Clouds.
        new("ya29.", Dotted, 24), new("GOCSPX-", Url, 20), new("AccountKey=", Base64, 60), new("SharedAccessKey=", Base64, 32), new("dop_v1_", Hex, 64),
        new("doo_v1_", Hex, 64), new("hvs.", Url, 20, NeedsShape: true), new("hvb.", Url, 20, NeedsShape: true), new("tskey-", Url, 20, NeedsShape: true),
        new("dp.pt.", Alnum, 40), new("ops_eyJ", Url, 40),

        // Messaging and payment.
        new("xoxb-", Url, 20), new("xoxp-", Url, 20), new("xoxa-", Url, 20), new("xoxr-", Url, 20), new("xoxs-", Url, 20), new("xapp-", Url, 20),
        new("hooks.slack.com/services/", Path, 30), new("sk_live_", Alnum, 16), new("rk_live_", Alnum, 16), new("sk_test_", Alnum, 16), new("rk_test_", Alnum, 16),
        new("whsec_", Base64, 24), new("SG.", Dotted, 60), new("sq0csp-", Url, 40), new("shpat_", Hex, 32), new("shpss_", Hex, 32), new("shpca_", Hex, 32), new("shppa_", Hex, 32),

        // Operations.
        new("glsa_", Word, 32), new("sntrys_", Base64, 40), new("NRAK-", UpperDigits, 24), new("lin_api_", Alnum, 32), new("figd_", Url, 32), new("PMAK-", Url, 40),
        new("AGE-SECRET-KEY-1", UpperDigits, 50),
    ];
}
