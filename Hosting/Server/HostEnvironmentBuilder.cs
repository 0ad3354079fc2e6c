using SecureAgent.Contracts;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Server;

/// <summary>The environment of each process: what the graph's edges give, and what the operator chose. Bad choices stop the start.</summary>
internal sealed class HostEnvironmentBuilder
{
    private readonly HostOptions options;
    private readonly string policyFile;

    private HostEnvironmentBuilder(HostOptions options, string policyFile) => (this.options, this.policyFile) = (options, policyFile);

    public static HostEnvironmentBuilder Validate(HostOptions options)
    {
        var policyFile = options.PolicyFile ?? options.Programs.DefaultPolicy;
        RequirePolicy(Read(policyFile), policyFile);
        if (options.ModelUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
        {
            throw new StartupException($"--model-url '{url}' is not an http or https URL; e.g. --model-url http://127.0.0.1:11434/v1");
        }

        if (options.ModelSecret is not null && options.ModelUrl is null)
        {
            throw new StartupException("--model-secret needs --model-url: the offline model takes no key");
        }

        if (options.Pool is < 0 or > HostOptions.LargestPool)
        {
            throw new StartupException($"--pool '{options.Pool}': write a whole number from 0 to {HostOptions.LargestPool}");
        }

        return new HostEnvironmentBuilder(options, policyFile);
    }

    /// <summary>Throws <see cref="StartupException"/> with everything that is wrong with a policy document.</summary>
    public static void RequirePolicy(string text, string source)
    {
        if (PolicyParser.Parse(text, source) is { Document: null, Errors: var errors })
        {
            throw new StartupException(string.Join('\n', errors.Select(error => error.ToString())));
        }
    }

    /// <summary>For a policy that is written, and checked, later.</summary>
    public static HostEnvironmentBuilder Unchecked(HostOptions options) => new(options, options.PolicyFile ?? options.Programs.DefaultPolicy);

    /// <summary>The policy document sessions use by default.</summary>
    public string PolicyFile => policyFile;

    /// <param name="vault">Variables of the store that this host runs itself; empty for none.</param>
    public IReadOnlyDictionary<string, string> For(Graph graph, Component component, ServerLayout layout, IReadOnlyDictionary<string, string> vault)
    {
        var variables = new SortedDictionary<string, string>(ProcessEnvironment.Of(graph, component, layout).ToDictionary(), StringComparer.Ordinal)
        {
            // A local user could attach to the diagnostics port of a gate and read its memory.
            ["DOTNET_EnableDiagnostics"] = "0",
        };
        if (component.Role == ComponentRole.Runner)
        {
            variables[HostEnvironment.PolicyFile] = policyFile;
            variables[HostEnvironment.GuestDirectory] = options.Programs.GuestDirectory;
            variables[HostEnvironment.AgentDirectory] = options.Programs.DirectoryOf("DesktopAgent");
            variables[HostEnvironment.AllowDegraded] = string.Join(',', options.AllowDegraded);
            variables[HostEnvironment.Pool] = options.Pool.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (component.Name == ComponentNames.InferenceGateway && options.ModelUrl is { } url)
        {
            variables["SECUREAGENT_INFERENCE_UPSTREAM"] = url.ToString();
            variables["SECUREAGENT_INFERENCE_SECRET"] = options.ModelSecret ?? "";
        }

        if (component.Name == ComponentNames.SecretBroker)
        {
            foreach (var (name, value) in vault.Count > 0 ? vault.Select(pair => (pair.Key, pair.Value)) : VaultVariables.Of(DataDirectory.Variable))
            {
                variables[name] = value;
            }
        }

        return variables;
    }

    private static string Read(string policyFile)
    {
        try
        {
            return File.ReadAllText(policyFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"the policy file '{policyFile}' cannot be read ({error.Message}); give a readable one with --policy FILE", error);
        }
    }
}
