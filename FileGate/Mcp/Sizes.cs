using System.Globalization;

namespace SecureAgent.FileGate.Mcp;

/// <summary>Sizes as the well-known MCP filesystem server writes them: bytes whole, larger units with two digits.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    public static string Text(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return unit == 0 ? $"{bytes} B" : $"{value.ToString("F2", CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
