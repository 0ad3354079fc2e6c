using System.Collections;

namespace SecureAgent.DesktopAgent.Run;

/// <summary>The command line: <c>SecureAgent.DesktopAgent TASK…</c>.</summary>
internal static class Entry
{
    public const int Answered = 0;
    public const int NoAnswer = 1;
    public const int Usage = 2;

    public static async Task<int> RunAsync(
        string[] args, IDictionary environment, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var task = string.Join(' ', args).Trim();
        if (task.Length == 0)
        {
            await error.WriteLineAsync("desktop-agent: give a task, such as: SecureAgent.DesktopAgent \"Summarise the notes in this folder\"");
            return Usage;
        }

        try
        {
            var options = AgentOptions.From(environment);
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null })
            {
                BaseAddress = options.FileGate,
                Timeout = Timeout.InfiniteTimeSpan,
            };
            await new AgentRun(options, http, output, TextWriter.Synchronized(error)).AnswerAsync(task, cancellationToken);
            return Answered;
        }
        catch (AgentException problem)
        {
            await error.WriteLineAsync($"desktop-agent: {problem.Message}");
        }
        catch (IOException problem)
        {
            await error.WriteLineAsync($"desktop-agent: the connection broke: {problem.Message}");
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("desktop-agent: stopped");
        }

        return NoAnswer;
    }
}
