namespace SecureAgent.AppHost.Standalone.Vault;

/// <summary>Where the broker's credentials for the store lie; a directory of this user's alone.</summary>
internal sealed class VaultCredentialFiles(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string RoleId => Path.Combine(directory, "role-id");

    public string SecretId => Path.Combine(directory, "secret-id");

    public void Write(ReadOnlySpan<byte> roleId, ReadOnlySpan<byte> secretId)
    {
        Directory.CreateDirectory(directory, OwnerOnly);
        Write(RoleId, roleId);
        Write(SecretId, secretId);
    }

    public void Delete()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A reader sees the old credential or the new one.</summary>
    private static void Write(string path, ReadOnlySpan<byte> value)
    {
        var fresh = $"{path}.new";
        using (var stream = new FileStream(fresh, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(value);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
