using CsCheck;

namespace SecureAgent.Policy.Tests.Globs;

public sealed class GlobProperties
{
    private static readonly Gen<string> Name = Gen.OneOf("a", "b", "ab", "ba", "aab", "é", "😀", "a.b", "A").Array[1, 3].Select(string.Concat);

    private static readonly Gen<string> Path = Name.Array[0, 5].Select(parts => string.Join('/', parts));

    private static readonly Gen<string> SegmentPattern = Gen.Frequency(
        (6, Gen.OneOf("a", "b", "*", "?", "é", "😀", ".", "{a,b}", "{a*,?b}", "{,a}").Array[1, 4].Select(string.Concat)),
        (2, Gen.Const("**")));

    private static readonly Gen<string> Pattern = SegmentPattern.Array[1, 5].Select(parts => string.Join('/', parts));

    [Fact]
    public void IsMatch_RandomPatternAndPath_AgreesWithTheDefinition() =>
        Gen.Select(Pattern, Path).Sample((pattern, path) => !Glob.TryParse(pattern, out var glob, out _) || glob.IsMatch(path) == ReferenceGlob.IsMatch(pattern, path));

    [Fact]
    public void CouldMatchBelow_EveryParentOfAMatch_IsListable() =>
        Gen.Select(Pattern, Path).Sample((pattern, path) =>
        {
            if (!Glob.TryParse(pattern, out var glob, out _) || !glob.IsMatch(path))
            {
                return true;
            }

            var parts = path.Split('/');
            return path.Length == 0 || Enumerable.Range(0, parts.Length).All(count => glob.CouldMatchBelow(string.Join('/', parts[..count])));
        });

    [Fact]
    public void TryParse_AnyText_NeverThrows() =>
        Gen.String[Gen.OneOf(Gen.Char, Gen.OneOf('{', '}', '[', ']', ',', '*', '?', '/', '!', '-', '.', 'a')), 0, 40].Sample(text =>
        {
            var parsed = Glob.TryParse(text, out var glob, out var error);
            return parsed ? glob!.Text == text && (glob.IsMatch("a/b") || true) : error!.Offset <= text.Length && error.Message.Length > 0;
        });
}
