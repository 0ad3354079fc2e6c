using System.Buffers;
using System.Text.RegularExpressions;

namespace SecureAgent.FileGate.Search;

/// <summary>
/// Regular expressions of agents. They never backtrack, so that time is linear in the line; but what a character costs grows with the expression, at worst beyond all bounds with groups
/// of optional groups, and inside one character nothing stops it. So an expression is small, shallow and of few states, and a line has a second.
/// </summary>
internal static class SearchExpression
{
    public const int MaxLength = 200;
    public const int MaxDepth = 2;

    private const int MaxStates = 300;

    private static readonly SearchValues<char> Options = SearchValues.Create("imnsxIMNSX+-");

    /// <summary>For one line; an expression that takes longer is looked for no further.</summary>
    public static readonly TimeSpan LineTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The framework asks for it at every expression that does not backtrack; there are no others of those in this process.</summary>
    static SearchExpression() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", MaxStates);

    /// <summary>Null when the text is no expression, needs backtracking, or is beyond these limits.</summary>
    public static Regex? TryCreate(string text, bool ignoreCase)
    {
        if (text.Length > MaxLength || DepthOf(text) > MaxDepth)
        {
            return null;
        }

        try
        {
            return new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None), LineTimeout);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Groups in groups; never fewer than there are. What could hide a bracket from this count (a class in a class, a comment, a control character) is no expression here.
    /// </summary>
    private static int DepthOf(string text)
    {
        var (depth, deepest, classStart) = (0, 0, -1);
        for (var at = 0; at < text.Length; at++)
        {
            var (c, isInClass) = (text[at], classStart >= 0);
            if (c == '\\')
            {
                if (++at < text.Length && text[at] == 'c')
                {
                    return int.MaxValue;
                }
            }
            else if (c == '(')
            {
                deepest = Math.Max(deepest, ++depth);
                if (HidesText(text.AsSpan(at + 1)))
                {
                    return int.MaxValue;
                }
            }
            else if (c == '[')
            {
                if (isInClass)
                {
                    return int.MaxValue;
                }

                classStart = at + 1 < text.Length && text[at + 1] == '^' ? ++at : at;
            }
            else if (c == ']' && at != classStart + 1)
            {
                classStart = -1;
            }
            else if (c == ')' && !isInClass)
            {
                depth--;
            }
        }

        return deepest;
    }

    /// <summary>A comment, or options after which there may be some.</summary>
    private static bool HidesText(ReadOnlySpan<char> group)
    {
        if (group is not ['?', .. var rest])
        {
            return false;
        }

        var end = rest.IndexOfAnyExcept(Options);
        return rest is ['#', ..] || rest[..(end < 0 ? rest.Length : end)].ContainsAny('x', 'X');
    }
}
