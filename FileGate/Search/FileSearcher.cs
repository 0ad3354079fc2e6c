using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Search;

/// <summary>What a search came across so far.</summary>
internal sealed class SearchSummary
{
    public int FilesScanned { get; set; }

    /// <summary>Binary, too large, or refused.</summary>
    public int FilesSkipped { get; set; }

    /// <summary>Stopped at a limit: matches, files, time or budget.</summary>
    public bool IsTruncated { get; set; }

    /// <summary>The expression takes too long; no further file is looked at.</summary>
    public bool IsOver { get; set; }
}

/// <summary>
/// Searches names or content below a directory. The search itself is one decision; every file of which lines are shown is another, recorded with
/// the bytes shown before they leave. Lines are searched as the session may see them: masked.
/// </summary>
internal sealed class FileSearcher(
    DecisionRecorder recorder, Tripwire tripwire, ContentTags tags, FileGateTelemetry telemetry, IOptions<FileGateOptions> options, TimeProvider time)
{
    /// <summary>Characters of paths and lines that one search finds at most: an agent may make paths of 4 KiB, and answers are held in memory.</summary>
    private const int MaxCharacters = 4 << 20;

    /// <summary>Decides and records the search. The answer's value is where to begin.</summary>
    public Answer<SearchSummary> Begin(FileSession session, string path, SearchQuery? query)
    {
        using var opened = FileAuthority.OpenDirectory(session, path);
        var decision = opened.Handle is not null && query is null ? Decision.Deny(ReasonCode.RequestMalformed) : opened.Decision;
        var recorded = recorder.Record(
            session, FileOperations.Search, path, decision,
            AuditFact.Of("glob", query?.Names?.Text), AuditFact.Of("regex", query?.Content?.ToString()), AuditFact.Of("bytes", 0));
        return recorded.IsAllowed ? new SearchSummary() : Refusal.Of(session, path, recorded);
    }

    public async IAsyncEnumerable<SearchMatch> FindAsync(
        FileSession session, SearchQuery query, SearchSummary summary, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Its time begins when its turn has come: one that waited would end with nothing looked at.
        using var turn = query.Content is null ? null : await Turn.TakeAsync(session.SearchSlots, cancellationToken);
        using var lease = await ReadLease.AcquireAsync(session, cancellationToken);
        using var timeout = new CancellationTokenSource(options.Value.SearchTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var (left, room) = (query.Limit, (long)MaxCharacters);
        foreach (var (path, facts) in TreeWalker.Walk(session, query.Path, options.Value.MaxDirectoryEntries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (summary.IsOver || left == 0 || room <= 0 || timeout.IsCancellationRequested || summary.FilesScanned + summary.FilesSkipped >= options.Value.MaxSearchFiles)
            {
                summary.IsTruncated = true;
                break;
            }

            if ((facts.IsDirectory && !query.Directories) || !query.Wants(path))
            {
                continue;
            }

            if (query.Content is { } content && session.Decoys.Holds(path))
            {
                summary.FilesScanned++;
                if (!Touches(session, path, content, summary))
                {
                    continue;
                }

                await tripwire.TouchedAsync(session, FileOperations.Search, path);
                summary.IsTruncated = true;
                break;
            }

            var matches = query.Content is null ? Named(path, summary) : Scan(lease, path, query, left, summary, limit.Token);
            left -= matches.Count;
            room -= matches.Sum(match => (long)match.Path.Length + match.Text.Length);
            foreach (var match in matches)
            {
                yield return match;
            }

            // Everybody else's turn: a long search is many short pieces of work.
            await Task.Yield();
        }
    }

    private static bool Touches(FileSession session, string path, Regex content, SearchSummary summary)
    {
        try
        {
            return session.Decoys.Matches(path, content);
        }
        catch (RegexMatchTimeoutException)
        {
            summary.IsOver = summary.IsTruncated = true;
            return false;
        }
    }

    private static List<SearchMatch> Named(string path, SearchSummary summary)
    {
        summary.FilesScanned++;
        return [new SearchMatch(path, 0, 0, "")];
    }

    private List<SearchMatch> Scan(
        ReadLease lease, string path, SearchQuery query, int left, SearchSummary summary, CancellationToken cancellationToken)
    {
        var session = lease.Session;
        using var opened = FileAuthority.OpenFile(session, path);
        if (opened is not { Handle: { } file, Grant: { } grant })
        {
            summary.FilesSkipped++;
            return [];
        }

        var content = new FileContent(file, opened.Facts.Size, grant.Redact);
        var matches = Match(path, content, query, lease, left, summary, cancellationToken);
        if (matches is null || (content.BlocksSecrets && content.Masked > 0))
        {
            summary.FilesSkipped++;
            return [];
        }

        summary.FilesScanned++;
        var bytes = matches.Sum(match => (long)Encoding.UTF8.GetByteCount(match.Text));
        if (matches.Count == 0)
        {
            return matches;
        }

        var budget = session.BudgetOf(grant);
        var taken = budget.Take(path, bytes);
        var decision = recorder.Record(
            session, FileOperations.Search, path, taken.IsAllowed ? opened.Decision : taken,
            AuditFact.Of("bytes", taken.IsAllowed ? bytes : 0), AuditFact.Of("matches", matches.Count), AuditFact.Of("etag", tags.Of(opened, cancellationToken)));
        if (decision.IsAllowed)
        {
            telemetry.Released(bytes);
            return matches;
        }

        if (taken.IsAllowed)
        {
            budget.Return(bytes);
        }

        summary.FilesSkipped++;
        summary.IsTruncated = true;
        return [];
    }

    private List<SearchMatch>? Match(
        string path, FileContent content, SearchQuery query, ReadLease lease, int left, SearchSummary summary, CancellationToken cancellationToken)
    {
        try
        {
            return LineMatcher.Find(path, content, query.Content!, lease.Buffer.Span, left, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            summary.IsTruncated = true;
            return null;
        }
        catch (RegexMatchTimeoutException)
        {
            summary.IsOver = summary.IsTruncated = true;
            return null;
        }
    }
}
