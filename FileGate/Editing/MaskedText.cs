using System.Text;
using SecureAgent.FileGate.Redaction;

namespace SecureAgent.FileGate.Editing;

/// <summary>
/// A file's bytes, one character each, three times over: as they are, as the session may see them, and with a mark where the two may differ. An edit
/// finds its place in what the session sees, and is made in all three.
/// </summary>
internal sealed class MaskedText
{
    private const char Hidden = '*';

    private MaskedText(string raw, string shown, string marks) => (Raw, Shown, Marks) = (raw, shown, marks);

    public string Raw { get; }

    public string Shown { get; }

    public string Marks { get; }

    public bool HoldsSecret => Marks.Contains(Hidden, StringComparison.Ordinal);

    public static MaskedText Of(ReadOnlySpan<byte> content, bool redacts)
    {
        var raw = Encoding.Latin1.GetString(content);
        var marks = new string(' ', raw.Length).ToCharArray();
        var shown = raw.ToCharArray();
        foreach (var span in redacts ? SecretScanner.Find(content) : [])
        {
            for (var at = span.Start; at < span.End; at++)
            {
                if (!SecretScanner.IsShown(content[at]))
                {
                    (shown[at], marks[at]) = ('*', Hidden);
                }
            }
        }

        return new MaskedText(raw, new string(shown), new string(marks));
    }

    public bool IsHidden(int start, int length) => Marks.AsSpan(start, length).Contains(Hidden);

    public MaskedText Replace(int start, int length, string text) => new(
        Splice(Raw, start, length, text), Splice(Shown, start, length, text), Splice(Marks, start, length, new string(' ', text.Length)));

    /// <summary>Whether a secret that was hidden before would be shown of the bytes as they are now.</summary>
    public bool WouldShowSecret()
    {
        var now = Of(Encoding.Latin1.GetBytes(Raw), redacts: true).Marks;
        return Marks.Where((mark, at) => mark == Hidden && now[at] != Hidden).Any();
    }

    private static string Splice(string text, int start, int length, string with) => string.Concat(text.AsSpan(0, start), with, text.AsSpan(start + length));
}
