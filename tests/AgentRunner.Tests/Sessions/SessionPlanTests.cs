using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Sessions;

public sealed class SessionPlanTests
{
    [Theory]
    [InlineData("/srv/policy.yaml", "read", true, false)]
    [InlineData("/srv/policy.yaml", "propose", true, false)]
    [InlineData("/srv/policy.yaml", "write", true, true)]
    [InlineData("policy.yaml", "read", false, false)]
    [InlineData("policy", "write", false, true)]
    public void Plan_TellsWhetherItsPolicyIsAFile_AndWhetherItsAgentMayEditFiles(string source, string access, bool isOfAFile, bool mayWrite)
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

        var plan = new SessionPlan("/w", profile, "", ["true"], "command", [], [], "", null) { PolicySource = source, Driver = null! };
        Assert.Equal((isOfAFile, mayWrite), (plan.IsOfAFile, plan.MayWriteFiles));
    }
}
