using SecureAgent.Contracts.Guest;

namespace SecureAgent.Guest.Exec;

/// <summary>The files a session's profile lays into the agent's home, written as the agent and behind every layer.</summary>
internal static class HomeFiles
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Write(AgentStart start)
    {
        foreach (var (name, text) in start.HomeFiles ?? new Dictionary<string, string>())
        {
            var path = Path.Combine(start.Environment["HOME"], name);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                using var writer = new StreamWriter(new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Own }));
                writer.Write(text);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new GuestException($"sandbox.home '{name}': {failure.Message}");
            }
        }
    }
}
