using System.Text;
using Microsoft.Extensions.Logging;

namespace SecureAgent.Hosting.Aspire;

/// <summary>What a command of the operator writes, to the log as it comes and as a text at the end.</summary>
internal sealed class SpokenLines(ILogger log)
{
    /// <summary>Of the text, in characters; the log has everything.</summary>
    private const int Kept = 64 * 1024;

    private readonly StringBuilder text = new();
    private readonly Lock gate = new();

    public string Text
    {
        get
        {
            lock (gate)
            {
                return text.ToString();
            }
        }
    }

    public async Task AddAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            log.CommandSaid(line);
            lock (gate)
            {
                if (text.Length + line.Length < Kept)
                {
                    text.Append(line).Append('\n');
                }
            }
        }
    }
}
