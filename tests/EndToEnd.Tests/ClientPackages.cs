using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The smallest things that package managers and git fetch.</summary>
internal static class ClientPackages
{
    /// <summary>An npm registry with one package, <c>tiny</c> 1.0.0, below /npm/.</summary>
    public static void AddNpm(Origin origin, string baseUrl)
    {
        using var archive = new MemoryStream();
        using (var zip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "package/package.json") { DataStream = new MemoryStream("""{"name":"tiny","version":"1.0.0"}"""u8.ToArray()) });
        }

        var tarball = archive.ToArray();
        origin.Files["/npm/tiny/-/tiny-1.0.0.tgz"] = tarball;
        origin.Files["/npm/tiny"] = Encoding.UTF8.GetBytes($$$"""
            {"name":"tiny","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"tiny","version":"1.0.0",
             "dist":{"tarball":"{{{baseUrl}}}/npm/tiny/-/tiny-1.0.0.tgz","integrity":"sha512-{{{Convert.ToBase64String(SHA512.HashData(tarball))}}}" } } } }
            """);
    }

    /// <summary>A Python index with one wheel, <c>tiny</c> 1.0, below /simple/.</summary>
    public static void AddPython(Origin origin)
    {
        const string Name = "tiny-1.0-py3-none-any.whl";
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(zip, "tiny.py", "x = 1\n");
            Write(zip, "tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n");
            Write(zip, "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            Write(zip, "tiny-1.0.dist-info/RECORD", "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n");
        }

        origin.Files["/simple/tiny/"] = Encoding.UTF8.GetBytes($"<!DOCTYPE html><html><body><a href=\"/simple/{Name}\">{Name}</a></body></html>");
        origin.Files[$"/simple/{Name}"] = archive.ToArray();
    }

    /// <summary>A repository with one commit, as plain files below /repo.git.</summary>
    public static async Task AddGitAsync(Origin origin, string scratch)
    {
        var bare = Path.Combine(scratch, "repo.git");
        var made = await Product.RunAsync("sh", ["-c", $"""
            set -e; cd '{scratch}'; git init -q -b main work; cd work; echo from git > file.txt; git add .
            git -c user.name=t -c user.email=t@t.test commit -qm one; git clone -q --bare . '{bare}'; git -C '{bare}' update-server-info
            """]);
        Assert.True(made.ExitCode == 0, made.ToString());
        foreach (var file in Directory.EnumerateFiles(bare, "*", SearchOption.AllDirectories))
        {
            origin.Files[$"/repo.git/{Path.GetRelativePath(bare, file)}"] = await File.ReadAllBytesAsync(file);
        }
    }

    private static void Write(ZipArchive zip, string name, string text)
    {
        using var writer = new StreamWriter(zip.CreateEntry(name).Open());
        writer.Write(text);
    }
}
