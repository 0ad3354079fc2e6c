using Microsoft.AspNetCore.Http;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>
/// A request's right to hold a large answer in memory: taken with its first large file, given back when its answer is sent. A session has few, further
/// requests wait.
/// </summary>
internal sealed class AnswerRoom : IDisposable
{
    private const int SmallBytes = 1 << 20;

    private readonly SemaphoreSlim slots;

    private AnswerRoom(SemaphoreSlim slots) => this.slots = slots;

    public static async ValueTask TakeAsync(HttpContext context, long bytes, CancellationToken cancellationToken)
    {
        if (bytes <= SmallBytes || context.Features.Get<AnswerRoom>() is not null)
        {
            return;
        }

        var slots = context.Session().Files().AnswerSlots;
        await slots.WaitAsync(cancellationToken);
        var room = new AnswerRoom(slots);
        context.Features.Set(room);
        context.Response.RegisterForDispose(room);
    }

    public void Dispose() => slots.Release();
}
