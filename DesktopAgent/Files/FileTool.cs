using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SecureAgent.DesktopAgent.Files;

/// <summary>
/// A tool with its schema written out: building schemas by reflection costs more start-up time than the whole first turn of a task.
/// A refusal is returned as text, so that the model can act on it.
/// </summary>
internal sealed class FileTool(
    string name, string description, string schema, Func<ToolArguments, CancellationToken, Task<string>> run, Action<string> progress) : AIFunction
{
    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema { get; } = JsonElement.Parse(schema);

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var given = new ToolArguments(arguments);
        progress($"{name} {given.Subject}");
        try
        {
            return await run(given, cancellationToken);
        }
        catch (FileRefusedException refused)
        {
            progress($"{name} {given.Subject}: refused");
            return refused.Message;
        }
    }
}
