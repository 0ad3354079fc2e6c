namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>Files with credentials: readable by their owner alone from the first moment on, and replaced as a whole.</summary>
public static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A reader sees the old content or the new.</summary>
    /// <param name="isDurable">Whether the content is on disk before it is seen.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool isDurable = false)
    {
        var fresh = $"{path}.new";
        using (var file = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(content);
            file.Flush(isDurable);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
