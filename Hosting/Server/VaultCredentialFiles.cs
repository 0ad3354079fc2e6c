using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Server;

/// <summary>Where the broker's credentials for the store lie; a directory of this user's alone.</summary>
internal sealed class VaultCredentialFiles(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string RoleId => Path.Combine(directory, "role-id");

    public string SecretId => Path.Combine(directory, "secret-id");

    public void Write(ReadOnlySpan<byte> roleId, ReadOnlySpan<byte> secretId)
    {
        Directory.CreateDirectory(directory, OwnerOnly);
        PrivateFile.Replace(RoleId, roleId);
        PrivateFile.Replace(SecretId, secretId);
    }

    public void Delete()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
