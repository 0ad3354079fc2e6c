using System.Security.Cryptography;
using System.Text;

namespace SecureAgent.FileGate.Honeypots;

/// <summary>What the decoys hold: the look of a credential around random characters that open nothing, other ones in every session.</summary>
internal static class DecoyTexts
{
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string Base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private const string Hex = "0123456789abcdef";
    private const string Dashes = "-----";

    /// <summary>In hidden folders: who only looks at a workspace's own files does not come across them.</summary>
    public static IReadOnlyDictionary<string, Func<string>> All { get; } = new Dictionary<string, Func<string>>(StringComparer.Ordinal)
    {
        [".aws/credentials"] = () => $"[default]\naws_access_key_id = {"AKIA" + Some(Upper, 16)}\naws_secret_access_key = {Some(Base64, 40)}\n",
        [".ssh/id_ed25519"] = () => $"{Dashes}BEGIN OPENSSH PRIVATE KEY{Dashes}\n{Lines(5)}{Dashes}END OPENSSH PRIVATE KEY{Dashes}\n",
        [".wallet/wallet.json"] = () =>
            $$$"""{"version":3,"address":"{{{Some(Hex, 40)}}}","crypto":{"cipher":"aes-128-ctr","ciphertext":"{{{Some(Hex, 64)}}}","mac":"{{{Some(Hex, 64)}}}"}}""" + "\n",
    };

    private static string Some(string alphabet, int length) => RandomNumberGenerator.GetString(alphabet, length);

    private static string Lines(int count)
    {
        var text = new StringBuilder();
        for (var line = 0; line < count; line++)
        {
            text.Append(Some(Base64, 70)).Append('\n');
        }

        return text.ToString();
    }
}
