using CsCheck;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Tests.Text;

public sealed class CaseFoldTests
{
    [Theory]
    [InlineData("README.Md", "readme.md")]
    [InlineData("É", "é")]
    [InlineData("E\u0301", "é")]                       // decomposed
    [InlineData("\uFF0E\uFF25\uFF2E\uFF36", ".env")]   // fullwidth
    [InlineData("\u2024env", ".env")]                  // one dot leader
    [InlineData(".e\u200Bnv", ".env")]                 // zero width space
    [InlineData(".e\uFE0Fnv", ".env")]                 // variation selector
    [InlineData("\u212Aey", "key")]                    // kelvin sign
    [InlineData("\uFB01le", "file")]                   // ligature
    [InlineData("\u017Fecret", "secret")]              // long s
    [InlineData("stra\u00DFe", "strasse")]
    [InlineData("STRA\u1E9EE", "strasse")]
    [InlineData("\u03A3\u03C2\u03C3", "\u03C3\u03C3\u03C3")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]       // conjoining jamo
    [InlineData("\uD55C", "\uD55C")]
    [InlineData("a\u0323\u0307", "\u1EA1\u0307")]
    [InlineData("a\u0307\u0323", "\u1EA1\u0307")]      // canonical order
    [InlineData("\U0001D44F", "b")]                    // mathematical italic
    [InlineData("\u01D5", "\u01D6")]                   // two marks, composed step by step
    public void Fold_OneNameInManySpellings_IsOneName(string text, string expected) => Assert.Equal(expected, CaseFold.Of(text));

    [Fact]
    public void Fold_AnyText_IsIdempotent() => Gen.String.Sample(text =>
    {
        var once = CaseFold.Of(text);
        return CaseFold.Of(once) == once;
    });
}
