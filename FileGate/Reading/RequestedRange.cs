namespace SecureAgent.FileGate.Reading;

/// <summary>A byte range as asked: first and last byte, or the last <paramref name="To"/> bytes when <paramref name="From"/> is null (RFC 9110 §14.1.2).</summary>
internal readonly record struct RequestedRange(long? From, long? To)
{
    /// <summary>The range holds for this version only, the whole file is wanted of any other (If-Range, RFC 9110 §13.1.5); null for any version.</summary>
    public string? OnlyOf { get; init; }

    /// <summary>Offset and length within a file of this size; null when the range does not lie in it.</summary>
    public (long Offset, long Length)? Within(long size)
    {
        if (From is not { } from)
        {
            return To is > 0 && size > 0 ? (Math.Max(0, size - To.Value), Math.Min(size, To.Value)) : null;
        }

        if (from < 0 || from >= size || To < from)
        {
            return null;
        }

        var last = Math.Min(To ?? long.MaxValue, size - 1);
        return (from, last - from + 1);
    }

    /// <summary>A range by offset and length, where length 0 means to the end; null is the whole file.</summary>
    /// <returns>False when the numbers are no range.</returns>
    public static bool TryFrom(long offset, long length, out RequestedRange? range)
    {
        range = null;
        if (offset < 0 || length < 0)
        {
            return false;
        }

        if (offset > 0 || length > 0)
        {
            range = new RequestedRange(offset, length == 0 || length > long.MaxValue - offset ? null : offset + length - 1);
        }

        return true;
    }
}
