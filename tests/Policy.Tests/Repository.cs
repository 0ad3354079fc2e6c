using System.Runtime.CompilerServices;

namespace SecureAgent.Policy.Tests;

/// <summary>Files of the repository that tests hold against the code.</summary>
internal static class Repository
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    private static string Here([CallerFilePath] string file = "") => file;
}
