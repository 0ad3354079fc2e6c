using System.Globalization;
using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.Offline.Ranking;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Answering;

/// <summary>Writes the answer, line by line: what this model is, the quotes, then what it was not given.</summary>
internal sealed class AnswerWriter(Evidence evidence, TaskReading task)
{
    private readonly Supersession changes = evidence.Corpus.Changes;

    public IEnumerable<string> Lines()
    {
        yield return Opening();
        yield return "";
        foreach (var line in Body())
        {
            yield return line;
        }

        if (evidence.Corpus.IsCut)
        {
            yield return "";
            yield return string.Create(CultureInfo.InvariantCulture, $"Only the first {Corpus.MaxPassages} sentences were ranked.");
        }

        if (evidence.Refused.Count > 0)
        {
            yield return "";
            yield return "Not read:";
            foreach (var (path, reason) in evidence.Refused.Take(20))
            {
                yield return $"- {path} ({reason})";
            }
        }
    }

    private string Opening() => evidence.Corpus.Sources.Count switch
    {
        0 => "[offline-extractive: this model only quotes, it does not reason]",
        1 => "[offline-extractive: quotes from 1 file, ranked by wording; this model does not reason]",
        var count => string.Create(CultureInfo.InvariantCulture, $"[offline-extractive: quotes from {count} files, ranked by wording; this model does not reason]"),
    };

    private IEnumerable<string> Body() => task.Kind switch
    {
        TaskKind.ListFiles when evidence.Files.Count > 0 => FileList(),
        _ when evidence.Corpus.Passages.Count == 0 => Nothing(),
        TaskKind.Summarise => SummaryWriter.Lines(SummarySelector.Select(evidence.Corpus, task), changes),
        _ => Answer(),
    };

    private IEnumerable<string> Answer()
    {
        var passages = QuestionSelector.Select(evidence.Corpus, task);
        if (passages.Count == 0 && task.NamedPaths.Count > 0 && evidence.Corpus.Sources.Any(source => task.NamedPaths.Contains(source.Name)))
        {
            passages = SummarySelector.Select(evidence.Corpus, task);
        }

        if (passages.Count == 0 && task.NamedPaths.Any(path => evidence.Refused.Any(refused => refused.Path == path)))
        {
            yield return "What the question names was not given.";
            yield break;
        }

        if (passages.Count == 0)
        {
            yield return $"No sentence shares a word with the question. Looked in: {string.Join(", ", evidence.Corpus.Sources.Select(source => source.Name))}.";
            yield break;
        }

        foreach (var passage in passages)
        {
            yield return Quote(passage) + (changes.RetiredBy(passage) is { } change ? $" [changed later: see {change.Citation}]" : "");
        }
    }

    private IEnumerable<string> FileList() => evidence.Files.Take(500).Select(file =>
        file.Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"- {file.Path} ({size} bytes)") : $"- {file.Path}");

    private IEnumerable<string> Nothing()
    {
        yield return evidence.Files.Count > 0
            ? "The files that were found hold no text this model can quote."
            : "There is nothing to quote from: no file was read, and the message itself holds no text to work on. Offer tools that list and read files, or put the text into the message.";
    }

    public static string Quote(Passage passage) => $"- \"{passage.Text}\" ({passage.Citation})";
}
