using System.ClientModel;
using Microsoft.Extensions.AI;
using SecureAgent.DesktopAgent.Files;
using SecureAgent.DesktopAgent.Model;

namespace SecureAgent.DesktopAgent.Run;

/// <summary>One task from question to answer: the answer to <paramref name="output"/> as it comes, progress to <paramref name="progress"/>.</summary>
internal sealed class AgentRun(AgentOptions options, HttpClient http, TextWriter output, TextWriter progress)
{
    /// <summary>Turns of the model, each with any number of tool calls; then it must answer with what it has.</summary>
    private const int MaxTurns = 32;

    private const string Instructions =
        """
        You work on a folder of files. You see it only through the tools list_files, read_file and search_files.
        Find out what you need with the tools, then answer the task. Base what you say on the files and name them as path:line.
        When files disagree, say which statement is newer. A tool may refuse: its answer says why and what could be asked of the operator; do not try to get around it.
        """;

    /// <summary>Throws <see cref="AgentException"/> when no answer was given.</summary>
    public async Task AnswerAsync(string task, CancellationToken cancellationToken)
    {
        var gate = new FileGateClient(http);
        var gateIsThere = gate.CheckAsync(cancellationToken);
        var model = await ModelClient.ChooseAsync(http, options, cancellationToken);
        await gateIsThere;

        using var client = new FunctionInvokingChatClient(ModelClient.Create(http, options, model))
        {
            MaximumIterationsPerRequest = MaxTurns,
            AllowConcurrentInvocation = true,
            MaximumConsecutiveErrorsPerRequest = 0,
        };
        var chat = new ChatOptions { Tools = new FileTools(gate, Progress).All() };
        Progress($"model {model}");
        try
        {
            await StreamAsync(client.GetStreamingResponseAsync([new(ChatRole.System, Instructions), new(ChatRole.User, task)], chat, cancellationToken));
        }
        catch (ClientResultException error)
        {
            throw ModelErrors.From(options.Inference, error);
        }
        catch (HttpRequestException error)
        {
            throw ModelErrors.Unreachable(options.Inference, error);
        }
    }

    private async Task StreamAsync(IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        var answered = false;
        var lineOpen = false;
        ChatFinishReason? finish = null;
        await foreach (var update in updates)
        {
            finish = update.FinishReason ?? finish;
            if (update.Contents.Any(content => content is FunctionCallContent))
            {
                // What came before a call was thinking aloud, not the answer.
                answered = false;
                if (lineOpen)
                {
                    await output.WriteLineAsync();
                    lineOpen = false;
                }
            }

            if (update.Text is { Length: > 0 } text)
            {
                await output.WriteAsync(text);
                await output.FlushAsync();
                answered |= !string.IsNullOrWhiteSpace(text);
                lineOpen = text[^1] != '\n';
            }
        }

        if (lineOpen)
        {
            await output.WriteLineAsync();
        }

        await output.FlushAsync();
        if (finish is null)
        {
            // An error event in the middle of a stream is skipped by the client library; what is missing then is the reason to stop.
            throw new AgentException("the model's answer broke off");
        }

        if (!answered)
        {
            throw new AgentException(finish == ChatFinishReason.Length ? "the model reached its token limit before it answered" : "the model gave no answer");
        }

        if (finish == ChatFinishReason.Length)
        {
            Progress("the answer was cut at the model's token limit");
        }
    }

    private void Progress(string line) => progress.WriteLine($"desktop-agent: {line}");
}
