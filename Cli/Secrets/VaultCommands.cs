using System.CommandLine;
using SecureAgent.Cli.Policies;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.Cli.Secrets;

/// <summary><c>vault policy|bootstrap</c>: what the broker needs at Vault or OpenBao.</summary>
internal static class VaultCommands
{
    public static Command Create() => new("vault", "What the secret broker needs at Vault or OpenBao.") { Policy(), VaultBootstrapCommand.Create() };

    private static Command Policy()
    {
        var file = new Argument<string>("file") { Description = "Policy document, YAML." };
        var policy = new Command("policy", "Print the Vault policy (HCL) that gives the broker's token what the document's vault: addresses need, and nothing else.") { file };
        policy.SetAction(result => result.InvocationConfiguration.Output.Write(VaultPolicyText.Write(PolicyFile.Read(result.GetValue(file)!, "file").Document)));
        return policy;
    }
}
