using System.CommandLine;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Cli;

internal static class CommonOptions
{
    public static Option<DirectoryInfo?> Data() => new("--data") { Description = DataDirectory.Help };

    public static Option<bool> Json() => new("--json") { Description = "One JSON document on stdout instead of text." };

    public static string DataOf(this ParseResult result, Option<DirectoryInfo?> option) =>
        result.GetValue(option)?.FullName ?? DataDirectory.Default();
}
