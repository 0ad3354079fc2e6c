using System.Globalization;
using System.Text;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>Looks for bytes in everything a process has mapped and can read.</summary>
internal static class ProcessMemory
{
    private const int Chunk = 1 << 20;

    /// <summary>Which of these are there, as UTF-8 or as UTF-16.</summary>
    public static IReadOnlyList<string> Find(int process, IReadOnlyCollection<string> values)
    {
        var needles = values.SelectMany(value => new[] { (value, Bytes: Encoding.UTF8.GetBytes(value)), (value, Bytes: Encoding.Unicode.GetBytes(value)) }).ToList();
        var overlap = needles.Max(needle => needle.Bytes.Length) - 1;
        var found = new HashSet<string>(StringComparer.Ordinal);
        using var memory = new FileStream($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var buffer = new byte[Chunk + overlap];
        foreach (var (start, end) in Regions(process))
        {
            for (var at = start; at < end; at += Chunk)
            {
                var length = (int)Math.Min(buffer.Length, end - at);
                var read = Read(memory, at, buffer.AsSpan(0, length));
                found.UnionWith(needles.Where(needle => buffer.AsSpan(0, read).IndexOf(needle.Bytes) >= 0).Select(needle => needle.value));
            }
        }

        return [.. found];
    }

    private static IEnumerable<(long Start, long End)> Regions(int process)
    {
        foreach (var line in File.ReadLines($"/proc/{process}/maps"))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts[1][0] == 'r' && parts[^1] is not ("[vvar]" or "[vsyscall]" or "[vvar_vclock]"))
            {
                var range = parts[0].Split('-');
                yield return (long.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), long.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>A region may go, or lie beyond the end of its file, while it is looked at: what cannot be read holds nothing.</summary>
    private static int Read(FileStream memory, long at, Span<byte> into)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, into, at);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
