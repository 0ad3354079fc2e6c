using System.CommandLine;
using SecureAgent.AppHost.Images;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.Kubernetes;
using SecureAgent.Kubernetes.Output;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Commands;

/// <summary><c>publish</c>: the graph as Kubernetes manifests.</summary>
internal static class PublishCommand
{
    private static readonly Option<string?> Output = new("--output") { Description = "Directory the manifests are written to. Required." };

    private static readonly Option<string?> Overlay = Choice("--overlay", "Overlay to write. Default: all.", PublishOptions.AllOverlays);

    private static readonly Option<string?> Isolation = Choice("--isolation", "Runtime of agents' pods. Default: kata.", Spelling.Isolations.Keys);

    private static readonly Option<string?> Secrets = Choice("--secrets", "How credentials come to the gates. Default: broker, which leaves no Secret object.", Spelling.Secrets.Keys);

    private static readonly Option<FileInfo?> Policy = new("--policy") { Description = "Policy file. Default: the shipped policies/default.yaml." };

    private static readonly Option<string> Profile = new("--profile") { Description = "Profile the cluster's network is derived from.", DefaultValueFactory = _ => "default" };

    private static readonly Option<string?> Images = new("--images") { Description = "Digests of pushed images: the images.json of './dev images'. Default: images by version." };

    public static Command Create()
    {
        var command = new Command("publish", "Write the graph as Kubernetes manifests (Kustomize).") { Output, Overlay, Isolation, Secrets, Policy, Profile, Images };
        command.SetAction(result =>
        {
            try
            {
                return Publish(result);
            }
            catch (Exception error) when (error is PublishException or StartupException)
            {
                result.InvocationConfiguration.Error.WriteLine($"secure-agent: {error.Message}");
                return StartupException.ExitCode;
            }
        });
        return command;
    }

    private static int Publish(ParseResult result)
    {
        var source = result.GetValue(Policy)?.FullName ?? ProgramFiles.OfThisHost.DefaultPolicy;
        var options = new PublishOptions
        {
            PolicyText = Read(source),
            PolicySource = source,
            Profile = result.GetValue(Profile)!,
            Overlays = result.GetValue(Overlay) is { } overlay ? [overlay] : PublishOptions.AllOverlays,
            Isolation = Spelling.Isolations[result.GetValue(Isolation) ?? "kata"],
            Secrets = Spelling.Secrets[result.GetValue(Secrets) ?? "broker"],
            ImageDigests = result.GetValue(Images) is { } images ? ImageSettings.ReadDigests(images) : new Dictionary<string, string>(),
        };
        var directory = Path.GetFullPath(result.GetValue(Output) is { Length: > 0 } output ? output : throw new StartupException("--output is missing or empty; name the directory that the manifests are written to"));
        var files = Publisher.Publish(DevServer.Build(), options);
        var written = Write(directory, files);
        result.InvocationConfiguration.Output.WriteLine($"{files.Count} files in {directory}, {written} of them new or changed; read {Path.Combine(directory, "README.md")} first");
        return 0;
    }

    private static int Write(string directory, IReadOnlyList<ManifestFile> files)
    {
        try
        {
            return OutputDirectory.Write(directory, files);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--output '{directory}' cannot be written ({error.Message}); name a directory that you may write", error);
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--policy '{file}' cannot be read ({error.Message}); give a readable policy file", error);
        }
    }

    private static Option<string?> Choice(string name, string description, IEnumerable<string> values)
    {
        var known = values.ToArray();
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', known) };
        option.CompletionSources.Add(known);
        option.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => !known.Contains(token.Value)) is { } unknown)
            {
                result.AddError($"{name} '{unknown.Value}' is not known; choose one of {string.Join(", ", known)}");
            }
        });
        return option;
    }
}
