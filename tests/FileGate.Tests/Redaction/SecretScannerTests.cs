using System.Text;
using SecureAgent.FileGate.Redaction;

namespace SecureAgent.FileGate.Tests.Redaction;

/// <summary>Recall and precision on the corpus, and on the text of this repository, which holds no secret.</summary>
public sealed class SecretScannerTests
{
    private const int Seeds = 20;
    private const double Mark = 0.98;

    [Fact]
    public void Secrets_OfTheCorpus_AreFound()
    {
        var missed = new List<string>();
        var total = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            foreach (var template in RedactionCorpus.Positives)
            {
                var (text, secrets) = RedactionCorpus.Fill(template, seed);
                total++;
                var found = SecretScanner.Find(Encoding.UTF8.GetBytes(text));
                if (!secrets.Where(secret => secret.Length >= 8).Any(secret => found.Any(span => span.Start <= secret.Start && span.End >= secret.Start + secret.Length)))
                {
                    missed.Add(text);
                }
            }
        }

        Assert.True(RedactionCorpus.Positives.Count >= 60);
        Assert.True(1 - ((double)missed.Count / total) >= Mark, $"{missed.Count} of {total} missed:\n{string.Join('\n', missed.Take(20))}");
    }

    /// <summary>Text as Windows tools write it, of either byte order, at an even or an odd place.</summary>
    [Theory]
    [InlineData("utf-16", 0)]
    [InlineData("utf-16", 1)]
    [InlineData("utf-16BE", 0)]
    [InlineData("utf-16BE", 1)]
    public void Secrets_OfWideText_AreFound(string encoding, int shift)
    {
        var missed = new List<string>();
        var wide = Encoding.GetEncoding(encoding);
        foreach (var template in RedactionCorpus.Positives)
        {
            var (text, secrets) = RedactionCorpus.Fill(template, 1);
            var bytes = new byte[shift].Concat(wide.GetBytes(text)).ToArray();
            var found = SecretScanner.Find(bytes);
            if (!secrets.Where(secret => secret.Length >= 8).Any(secret => Enumerable.Range(secret.Start, secret.Length).All(
                at => Enumerable.Range(shift + (2 * at), 2).All(place => SecretScanner.IsShown(bytes[place]) || found.Any(span => span.Start <= place && place < span.End)))))
            {
                missed.Add(text);
            }
        }

        Assert.True(1 - ((double)missed.Count / RedactionCorpus.Positives.Count) >= Mark, $"{missed.Count} missed:\n{string.Join('\n', missed.Take(20))}");
        Assert.DoesNotContain(RedactionCorpus.Negatives, text => SecretScanner.Find(Encoding.UTF8.GetBytes(text)).Count == 0 && SecretScanner.Find(wide.GetBytes(text)).Count > 0);
    }

    /// <summary>The next end marker may be another's, any distance away.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public void Key_WithoutAnEnd_IsMaskedWhateverFollows(int distance)
    {
        var (text, secrets) = RedactionCorpus.Fill(
            "-----BEGIN PRIVATE KEY-----\n{64:base64}\n{64:base64}\n\n" + string.Concat(Enumerable.Repeat("- no. key -\n", distance / 12))
            + "-----BEGIN PRIVATE KEY-----\n{64:base64}\n-----END PRIVATE KEY-----\n", 1);

        var found = SecretScanner.Find(Encoding.ASCII.GetBytes(text));

        Assert.Equal(3, secrets.Count);
        Assert.All(secrets, secret => Assert.Contains(found, span => span.Start <= secret.Start && span.End >= secret.Start + secret.Length));
        Assert.DoesNotContain(found, span => text.AsSpan(span.Start, span.Length).Contains("no.", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_WithoutSecrets_IsLeftAlone()
    {
        var wrong = RedactionCorpus.Negatives.Where(text => SecretScanner.Find(Encoding.UTF8.GetBytes(text)).Count > 0).ToList();
        var files = Sources().ToList();
        wrong.AddRange(files.Where(file => SecretScanner.Find(file.Content).Count > 0)
            .Select(file => $"{file.Path}: {Excerpt(file.Content)}"));

        Assert.True(RedactionCorpus.Negatives.Count + files.Count >= 200);

        // Precision over one true positive for each positive of the corpus.
        var precision = (double)RedactionCorpus.Positives.Count / (RedactionCorpus.Positives.Count + wrong.Count);
        Assert.True(precision >= Mark, $"{wrong.Count} of {RedactionCorpus.Negatives.Count + files.Count} masked:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Key_LongerThanAWindow_IsMaskedInEveryWindow()
    {
        var (text, _) = RedactionCorpus.Fill("-----BEGIN RSA PRIVATE KEY-----\n" + string.Concat(Enumerable.Repeat("{64:base64}\n", 60)) + "-----END RSA PRIVATE KEY-----\n", 1);
        var bytes = Encoding.ASCII.GetBytes(text);
        var end = text.IndexOf("-----END", StringComparison.Ordinal);
        for (var cut = 40; cut < end - 200; cut += 97)
        {
            Assert.Contains(SecretScanner.Find(bytes.AsSpan(cut)), span => span.Start == 0 && cut + span.End >= end - 1);
            Assert.Contains(SecretScanner.Find(bytes.AsSpan(0, cut + 100)), span => span.Start <= 32 && span.End >= cut + 99);
        }
    }

    private static IEnumerable<(string Path, byte[] Content)> Sources()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "SecureAgent.sln")))
        {
            root = root.Parent;
        }

        Assert.SkipWhen(root is null, "not run from a checkout");
        return new[] { "FileGate", "Policy", "ServiceDefaults", "Topology", "Contracts", "AppHost", "Guest" }
            .Select(folder => Path.Combine(root!.FullName, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".md" or ".proto" or ".csproj" or ".yaml")
            .Select(file => (Path.GetRelativePath(root!.FullName, file), File.ReadAllBytes(file)));
    }

    private static string Excerpt(byte[] content)
    {
        var span = SecretScanner.Find(content)[0];
        return Encoding.UTF8.GetString(content.AsSpan(Math.Max(0, span.Start - 40), Math.Min(content.Length - Math.Max(0, span.Start - 40), span.Length + 60)));
    }
}
