namespace SecureAgent.Policy;

/// <summary>
/// A path or name pattern: <c>*</c> and <c>?</c> within a segment, <c>**</c> for any number of whole segments,
/// <c>[a-z]</c>, <c>[!a-z]</c>, <c>{one,two}</c>. Case-sensitive, ordinal, linear time in the length of the input.
/// </summary>
public sealed partial class Glob
{
    private Glob(string text) => Text = text;

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    public override string ToString() => Text;
}
