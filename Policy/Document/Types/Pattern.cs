using System.Text.RegularExpressions;

namespace SecureAgent.Policy.Document.Types;

/// <summary>A regular expression that .NET and JSON Schema (ECMA-262) read alike.</summary>
/// <param name="Text">For a message: what the value must look like.</param>
internal sealed record Pattern(Regex Regex, string Text)
{
    /// <summary>The whole value: .NET's <c>$</c> alone would let a final line feed pass.</summary>
    public bool IsMatch(string value) => Regex.Match(value) is { Success: true, Index: 0 } match && match.Length == value.Length;

    public override string ToString() => Regex.ToString();
}

internal static partial class Patterns
{
    public static Pattern ProfileName { get; } = new(ProfileNameRegex(), "lower-case letters, digits and '-', at most 63");

    public static Pattern ServerName { get; } = new(ServerNameRegex(), "lower-case letters, digits and '-', beginning with a letter, at most 24");

    /// <summary>Without dots: the name is one part of a rule's path.</summary>
    public static Pattern SecretName { get; } = new(SecretNameRegex(), "letters, digits, '_' and '-', beginning with a letter or digit, at most 64");

    public static Pattern StoreName { get; } = new(StoreNameRegex(), "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 64");

    public static Pattern Method { get; } = new(MethodRegex(), "an HTTP method in capitals, as in POST; CONNECT and TRACE are refused");

    public static Pattern Header { get; } = new(HeaderRegex(), "an HTTP header name that the sender may set, as in x-api-key");

    public static Pattern HeaderPattern { get; } = new(HeaderPatternRegex(), "an HTTP header name that the sender may set, or its beginning and '*', as in x-debug-*");

    public static Pattern QueryName { get; } = new(QueryNameRegex(), "the name of a query parameter, printable ASCII without '&', '=' and ';', at most 64 characters");

    public static Pattern BodyField { get; } = new(QueryNameRegex(), "the name of a form field, or of JSON fields joined with dots, printable ASCII without '&', '=' and ';', at most 64 characters");

    public static Pattern Prefix { get; } = new(PrefixRegex(), "printable ASCII, at most 64 characters, as in \"Bearer \"");

    public static Pattern UrlPath { get; } = new(UrlPathRegex(), "a path pattern that begins with '/', as in /v1/messages");

    public static Pattern Vault { get; } = new(VaultRegex(), "mount/path#field, as in secret/ai/anthropic#token");

    public static Pattern Root { get; } = new(RootRegex(), "${workspace} or an absolute path without '.', '..' or a final '/'");

    public static Pattern Directory { get; } = new(DirectoryRegex(), "an absolute path without '.', '..' or a final '/'");

    public static Pattern RelativePath { get; } = new(RelativePathRegex(), "a relative path without '.' and '..', as in .config/tool/settings.json");

    public static Pattern Variable { get; } = new(VariableRegex(), "letters, digits and '_', not beginning with a digit or SECUREAGENT_, at most 128");

    public static Pattern LongText { get; } = new(LongTextRegex(), "text of at most 65536 characters without NUL");

    public static Pattern Size { get; } = new(SizeRegex(), "a whole number and a unit, as in 10MiB (B, KiB, MiB, GiB, TiB, KB, MB, GB, TB)");

    public static Pattern Duration { get; } = new(DurationRegex(), "a whole number and a unit, as in 30m (ms, s, m, h)");

    [GeneratedRegex("^[a-z][a-z0-9-]{0,62}$")]
    private static partial Regex ProfileNameRegex();

    [GeneratedRegex("^[a-z][a-z0-9-]{0,23}$")]
    private static partial Regex ServerNameRegex();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    private static partial Regex SecretNameRegex();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex StoreNameRegex();

    // RFC 9110 §9.1 restricted to what is in use; TRACE echoes the credential, CONNECT is not a request to the host.
    [GeneratedRegex("^(?!(?:CONNECT|TRACE)$)[A-Z][A-Z-]{0,31}$")]
    private static partial Regex MethodRegex();

    // RFC 9110 §5.6.2 token, without the headers that frame or route a message.
    [GeneratedRegex("^(?!(?:[Hh]ost|[Cc]onnection|[Cc]ontent-[Ll]ength|[Tt]ransfer-[Ee]ncoding|[Uu]pgrade|[Tt][Ee]|[Tt]railer|[Kk]eep-[Aa]live|[Ee]xpect)$)[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")]
    private static partial Regex HeaderRegex();

    // As above, with '*' only at the end.
    [GeneratedRegex("^(?!(?:[Hh]ost|[Cc]onnection|[Cc]ontent-[Ll]ength|[Tt]ransfer-[Ee]ncoding|[Uu]pgrade|[Tt][Ee]|[Tt]railer|[Kk]eep-[Aa]live|[Ee]xpect)$)[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}\\*?$")]
    private static partial Regex HeaderPatternRegex();

    [GeneratedRegex("^[ -%'-:<>-~]{1,64}$")]
    private static partial Regex QueryNameRegex();

    [GeneratedRegex("^[ -~]{0,64}$")]
    private static partial Regex PrefixRegex();

    [GeneratedRegex("^/[!-~]{0,1023}$")]
    private static partial Regex UrlPathRegex();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}(?:/(?!\\.{1,2}(?:/|#))[A-Za-z0-9._-]{1,128}){1,16}#[A-Za-z0-9._-]{1,128}$")]
    private static partial Regex VaultRegex();

    [GeneratedRegex("^(?:\\$\\{workspace\\}|(?:/(?!\\.{1,2}(?:/|$))[^/\\u0000-\\u001f\\u007f]{1,255})+)$")]
    private static partial Regex RootRegex();

    [GeneratedRegex("^(?:/(?!\\.{1,2}(?:/|$))[^/\\u0000-\\u001f\\u007f]{1,255})+$")]
    private static partial Regex DirectoryRegex();

    [GeneratedRegex("^(?!\\.{1,2}(?:/|$))[^/\\u0000-\\u001f\\u007f]{1,255}(?:/(?!\\.{1,2}(?:/|$))[^/\\u0000-\\u001f\\u007f]{1,255}){0,15}$")]
    private static partial Regex RelativePathRegex();

    [GeneratedRegex("^(?!SECUREAGENT_)[A-Za-z_][A-Za-z0-9_]{0,127}$")]
    private static partial Regex VariableRegex();

    [GeneratedRegex("^[^\\u0000]{0,65536}$")]
    private static partial Regex LongTextRegex();

    [GeneratedRegex("^[0-9]{1,15}(?:B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)$")]
    private static partial Regex SizeRegex();

    [GeneratedRegex("^[0-9]{1,12}(?:ms|s|m|h)$")]
    private static partial Regex DurationRegex();
}
