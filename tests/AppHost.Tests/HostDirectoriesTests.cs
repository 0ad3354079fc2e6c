using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Tests;

public sealed class HostDirectoriesTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("sa-dirs-").FullName;

    [Fact]
    public void DataDirectory_Held_IsRefusedToASecondServer()
    {
        using var first = HostDirectories.Take(data);

        var error = Assert.Throws<StartupException>(() => HostDirectories.Take(data));

        Assert.Contains("a server is running", error.Message, StringComparison.Ordinal);
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(first.Run));
    }

    [Fact]
    public void RunDirectory_IsFreshPrivateWhereItMattersAndGoneAfterwards()
    {
        string run;
        using (var first = HostDirectories.Take(data))
        {
            run = first.Run;
            File.WriteAllText(Path.Combine(run, "left-over"), "");
        }

        Assert.False(Directory.Exists(run));
        using var second = HostDirectories.Take(data);
        Assert.False(File.Exists(Path.Combine(second.Run, "left-over")));
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(second.Run) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(second.Run, "control")) & (others | UnixFileMode.OtherExecute));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(second.Run, "tokens")) & (others | UnixFileMode.OtherExecute));
    }

    [Fact]
    public void DataDirectory_ThatIsAFile_IsNamedWithTheMend()
    {
        var file = Path.Combine(data, "file");
        File.WriteAllText(file, "");

        Assert.Contains("--data", Assert.Throws<StartupException>(() => HostDirectories.Take(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataDirectory_WhoseLockCannotBeOpened_IsNotTakenForARunningServers()
    {
        Directory.CreateDirectory(Path.Combine(data, "server.lock"));

        var error = Assert.Throws<StartupException>(() => HostDirectories.Take(data));

        Assert.Contains("cannot be used", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a server is running", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataDirectory_MadeByAHostThatWritesEvents_IsPrivate()
    {
        var fresh = Path.Combine(data, "fresh");
        using (new EventOutput(fresh))
        {
            const UnixFileMode ownerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Assert.Equal(ownerAlone, File.GetUnixFileMode(fresh));
            Assert.Equal(ownerAlone, File.GetUnixFileMode(Path.Combine(fresh, "logs")));
        }
    }

    [Fact]
    public void Log_OfARunningServer_IsNotEmptiedByAnotherThatOnlyLooked()
    {
        using var running = new EventOutput(data);
        running.Log("file-gate", "one");
        var log = Path.Combine(data, "logs", "server.log");

        new EventOutput(data).Dispose();
        Assert.Equal("file-gate one\n", File.ReadAllText(log));

        using var next = new EventOutput(data);
        next.Log("file-gate", "two");
        Assert.Equal("file-gate two\n", File.ReadAllText(log));
    }

    public void Dispose() => Directory.Delete(data, recursive: true);
}
