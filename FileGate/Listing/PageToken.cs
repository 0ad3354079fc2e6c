using System.Buffers.Text;
using System.Text;

namespace SecureAgent.FileGate.Listing;

/// <summary>Where a page ended: the last name, in base64url. It only says where to go on; what is shown is decided again for every page.</summary>
internal static class PageToken
{
    public static string From(string lastName) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(lastName));

    /// <summary>The name to go on after; null when the token is not one.</summary>
    public static string? TryRead(string token) =>
        token.Length <= 1024 && Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
}
