using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Sessions;

public sealed class SessionPlanTests
{
    [Theory]
    [InlineData("/srv/policy.yaml", "read", true)]
    [InlineData("/srv/policy.yaml", "propose", true)]
    [InlineData("/srv/policy.yaml", "write", false)]
    [InlineData("policy.yaml", "read", false)]
    [InlineData("policy", "read", false)]
    public void FollowsItsFile_UnlessTheAgentCouldHaveEditedIt(string source, string access, bool follows)
    {
        var profile = PolicyParser.Parse(
            $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              p:
                files: [{ root: "${workspace}", allow: ["**"], access: {{access}} }]
            """,
            "policy").Document!.Profiles["p"];

        Assert.Equal(follows, new SessionPlan("/w", profile, "", ["true"], "command", [], [], "", null) { PolicySource = source }.FollowsItsFile);
    }
}
