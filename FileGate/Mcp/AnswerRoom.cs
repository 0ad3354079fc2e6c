using Microsoft.AspNetCore.Http;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>
/// A request's right to hold a large answer in memory: taken with its first large file, given back when its answer is sent. A session has few, further
/// requests wait.
/// </summary>
internal static class AnswerRoom
{
    private const int SmallBytes = 1 << 20;

    public static async ValueTask TakeAsync(HttpContext context, long bytes, CancellationToken cancellationToken)
    {
        if (bytes <= SmallBytes || context.Features.Get<Turn>() is not null)
        {
            return;
        }

        var turn = await Turn.TakeAsync(context.Session().Files().AnswerSlots, cancellationToken);
        context.Features.Set(turn);
        context.Response.RegisterForDispose(turn);
    }
}
