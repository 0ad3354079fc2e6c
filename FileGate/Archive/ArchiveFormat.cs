namespace SecureAgent.FileGate.Archive;

internal enum ArchiveFormat
{
    None = 0,
    Zip,
    TarGzip,
}

internal static class ArchiveFormats
{
    /// <summary><c>zip</c> or <c>tar.gz</c>; anything else is none.</summary>
    public static ArchiveFormat Parse(string text) => text switch
    {
        "zip" => ArchiveFormat.Zip,
        "tar.gz" => ArchiveFormat.TarGzip,
        _ => ArchiveFormat.None,
    };

    public static string MediaType(this ArchiveFormat format) => format == ArchiveFormat.Zip ? "application/zip" : "application/gzip";
}
