namespace SecureAgent.Policy.Globs;

internal enum GlobQuestion
{
    /// <summary>Does the whole input match?</summary>
    Whole,

    /// <summary>Does the input or one of its parent directories match?</summary>
    SelfOrParent,

    /// <summary>Could the input with at least one more segment match?</summary>
    Below,
}

/// <summary>
/// One brace-free alternative: segments, some of them <c>**</c>. Matching advances the set of positions in the pattern that the
/// input so far can have reached, so no input makes it try a path twice.
/// </summary>
internal sealed class GlobPattern(GlobKind kind, GlobSegment[] segments)
{
    public GlobPattern Fold() => new(kind, [.. segments.Select(segment => segment.Fold())]);

    public bool Matches(ReadOnlySpan<char> path, GlobQuestion question)
    {
        if (kind == GlobKind.Name)
        {
            return question != GlobQuestion.Below && segments[0].Matches(path);
        }

        var end = segments.Length;
        Span<bool> reached = stackalloc bool[end + 1];
        Span<bool> next = stackalloc bool[end + 1];
        reached.Clear();
        reached[0] = true;
        SkipAnyDepth(reached);
        for (var start = 0; start < path.Length || (start > 0 && start == path.Length);)
        {
            if (question == GlobQuestion.SelfOrParent && reached[end])
            {
                return true;
            }

            var length = path[start..].IndexOf('/');
            var segment = length < 0 ? path[start..] : path.Slice(start, length);
            if (!Advance(reached, next, segment))
            {
                return false;
            }

            var swap = reached;
            reached = next;
            next = swap;
            start += segment.Length + 1;
        }

        return question == GlobQuestion.Below ? reached[..end].Contains(true) : reached[end];
    }

    private bool Advance(ReadOnlySpan<bool> reached, Span<bool> next, ReadOnlySpan<char> segment)
    {
        next.Clear();
        for (var at = 0; at < segments.Length; at++)
        {
            if (!reached[at])
            {
                continue;
            }

            if (segments[at].IsAnyDepth)
            {
                next[at] = true;
            }
            else if (!next[at + 1])
            {
                next[at + 1] = segments[at].Matches(segment);
            }
        }

        SkipAnyDepth(next);
        return next.Contains(true);
    }

    /// <summary><c>**</c> may stand for no segment at all.</summary>
    private void SkipAnyDepth(Span<bool> reached)
    {
        for (var at = 0; at < segments.Length; at++)
        {
            if (reached[at] && segments[at].IsAnyDepth)
            {
                reached[at + 1] = true;
            }
        }
    }
}
