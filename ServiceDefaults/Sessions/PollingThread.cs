using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>
/// The threads that poll sockets, one a core. With <see cref="SessionSocketOptions.HandleWhilePolling"/> a handler starts on one: that saves every
/// change of threads, and every other connection waits for it.
/// </summary>
public static class PollingThread
{
    /// <summary>Requests in a row that a connection is served there: a client that never lets its socket run dry must not keep the thread.</summary>
    private const int MaxTurns = 64;

    private const string Completions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Makes sockets complete where they are polled. For the whole process, before its first socket.</summary>
    public static void CompleteSocketsThere() => Environment.SetEnvironmentVariable(Completions, "1");

    /// <summary>True where nothing may wait. Also true on threads of one's own, which are not for waiting either.</summary>
    public static bool IsCurrent => !Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>Goes on in the thread pool.</summary>
    public static ConfiguredTaskAwaitable Leave() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    /// <summary>Whether this request may begin there. Counts it.</summary>
    public static bool HasTurn(HttpContext context) => context.Features.Get<PollingTurns>()?.Take() == true;

    /// <summary>Of one connection, whose requests come one after the other.</summary>
    internal sealed class PollingTurns
    {
        private int taken;

        public bool Take() => ++taken % MaxTurns != 0;
    }
}
