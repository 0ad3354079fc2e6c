using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Tests.Files;

public sealed class ToolPlacesTests
{
    [Theory]
    [InlineData("/opt/agents")]
    [InlineData("/srv/tools/node")]
    [InlineData("/home/ann/agents")]
    [InlineData("/tmp/agents")]
    [InlineData("/var/tmp/agents")]
    [InlineData("/opt/agents/v1.2")]
    [InlineData("/etcetera")]
    [InlineData("/rooted/tools")]
    [InlineData("/var/library")]
    public void DirectoryOfItsOwn_MayBeShown(string path) => Assert.Null(ToolPlaces.Refusal(path));

    [Theory]
    [InlineData("/", "more than tools")]
    [InlineData("/home", "more than tools")]
    [InlineData("/opt", "more than tools")]
    [InlineData("/tmp", "more than tools")]
    [InlineData("/var", "more than tools")]
    [InlineData("/usr", "more than tools")]
    [InlineData("/usr/local/lib", "every sandbox sees")]
    [InlineData("/etc", "/etc is never shown")]
    [InlineData("/etc/ssl/private", "/etc is never shown")]
    [InlineData("/root", "/root is never shown")]
    [InlineData("/root/tools", "/root is never shown")]
    [InlineData("/run/user/1000", "/run is never shown")]
    [InlineData("/var/lib/docker", "/var/lib is never shown")]
    [InlineData("/proc/self", "/proc is never shown")]
    [InlineData("/home/agent/tools", "/home/agent is never shown")]
    [InlineData("/opt/secure-agent/guest", "/opt/secure-agent is never shown")]
    [InlineData("/home/ann", "is a home")]
    [InlineData("/home/ann/.ssh", "hidden part .ssh")]
    [InlineData("/home/ann/.config/gh", "hidden part .config")]
    [InlineData("/srv/app/.aws/x", "hidden part .aws")]
    public void OtherPlaces_AreRefusedWithTheReason(string path, string words) => Assert.Contains(words, ToolPlaces.Refusal(path), StringComparison.Ordinal);

    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "/a/b", true)]
    [InlineData("/a", "/", true)]
    [InlineData("/a/b", "/a/bc", false)]
    [InlineData("/a/b", "/a/c", false)]
    public void Overlap_IsBothWays(string one, string other, bool expected) => Assert.Equal(expected, ToolPlaces.Overlap(one, other));
}
