using System.Diagnostics;

namespace SecureAgent.AgentRunner.Sandbox.Launch;

internal static class ProcessStreams
{
    /// <summary>A process object leaves streams that somebody has taken open until they are collected as garbage: two descriptors a session.</summary>
    public static void Release(this Process process)
    {
        // Nothing is written through the writer over it, which could not be disposed after what is below it.
        process.StandardInput.BaseStream.Dispose();
        process.StandardOutput.Dispose();
        process.StandardError.Dispose();
        process.Dispose();
    }
}
