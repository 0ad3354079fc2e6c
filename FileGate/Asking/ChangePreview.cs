using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Editing;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy.Document;

namespace SecureAgent.FileGate.Asking;

/// <summary>The difference a change would make, for the operator: masked as the session sees it, and no longer than can be read.</summary>
internal static class ChangePreview
{
    private const int MaxCharacters = 64 * 1024;

    public static string OfWrite(FileSession session, string path, ReadOnlyMemory<byte> content) => Of(session, path, content);

    public static string OfDelete(FileSession session, string path) => Of(session, path, null);

    private static string Of(FileSession session, string path, ReadOnlyMemory<byte>? after)
    {
        var (before, isThere) = Read(session, path, out var redacts);
        var action = after is null ? "delete" : isThere ? "edit" : "create";
        ReadOnlySpan<byte> old = before, now = after is { } content ? content.Span : default;
        if (!IsText(old) || !IsText(now))
        {
            return $"{action} {path}: not text\n- {Sum(old)}\n+ {Sum(now)}\n";
        }

        var diff = UnifiedDiff.Of(path, Shown(old, redacts), Shown(now, redacts));
        diff = diff.Length > 0 ? diff : $"{action} {path}: no difference that is shown\n";
        return diff.Length <= MaxCharacters ? diff : string.Create(CultureInfo.InvariantCulture, $"{diff[..MaxCharacters]}\n\\ {diff.Length - MaxCharacters} more characters of the difference are not shown\n");
    }

    private static (byte[] Content, bool IsThere) Read(FileSession session, string path, out bool redacts)
    {
        using var opened = FileAuthority.OpenFile(session, path);
        redacts = opened.Grant?.Redact != RedactionMode.Off;
        return opened.Handle is not null && FileAuthority.ReadAll(session, path, opened.Facts, out var content) == 0 ? (content, true) : ([], false);
    }

    private static string Shown(ReadOnlySpan<byte> content, bool redacts) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(MaskedText.Of(content, redacts).Shown));

    private static bool IsText(ReadOnlySpan<byte> content) => !content.Contains((byte)0) && Utf8.IsValid(content);

    private static string Sum(ReadOnlySpan<byte> content) =>
        string.Create(CultureInfo.InvariantCulture, $"{content.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(content))}");
}
