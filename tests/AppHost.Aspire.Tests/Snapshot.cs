using System.Runtime.CompilerServices;

namespace SecureAgent.AppHost.Aspire.Tests;

/// <summary>Reviewed text in <c>Snapshots/</c>; what differs is left in <c>artifacts/received</c> for <c>./dev accept</c>.</summary>
internal static class Snapshot
{
    public static void Matches(string name, string text)
    {
        var reviewed = Path.Combine(Folder(), "Snapshots", name);
        if (File.Exists(reviewed) && File.ReadAllText(reviewed) == text)
        {
            return;
        }

        var received = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "artifacts", "received", "AppHost.Aspire.Tests"));
        Directory.CreateDirectory(received);
        File.WriteAllText(Path.Combine(received, name), text);
        Assert.Fail($"{name} is not as reviewed: git diff --no-index tests/AppHost.Aspire.Tests/Snapshots artifacts/received/AppHost.Aspire.Tests\nAs meant? Accept it with './dev accept' and commit.");
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
