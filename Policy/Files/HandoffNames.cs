using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace SecureAgent.Policy.Files;

/// <summary>Names of files and directories of which some program of the host runs the content, or is told by it what to run. Folded (<see cref="Text.CaseFold"/>).</summary>
internal static partial class HandoffNames
{
    private static readonly (HandoffTrap Trap, string Names)[] Groups =
    [
        (HandoffTrap.GitInternals, ".git .gitattributes .gitconfig .githooks .lfsconfig .husky .pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml .overcommit.yml .lefthook .lefthook-local"),
        (HandoffTrap.Submodule, ".gitmodules"),
        (HandoffTrap.ShellEnvironment, ".envrc .env .env.local .env.development .env.production .env.test .autoenv .autoenv.zsh .bashrc .bash_profile .bash_login .bash_logout .bash_aliases "
            + ".profile .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .login .inputrc .xprofile .xsession .xinitrc .xsessionrc .tmux.conf .ssh "
            + "mise.toml mise.local.toml .mise.toml .mise.local.toml .mise .tool-versions shell.nix default.nix flake.nix devbox.json devenv.nix"),
        (HandoffTrap.PackageScripts, ".npmrc .yarnrc .yarnrc.yml .yarn .pnp.cjs .pnp.loader.mjs .pnpmfile.cjs .pnpmfile.mjs .pnpmfile.js pnpm-workspace.yaml package.json5 package.yaml bunfig.toml node_modules "
            + "composer.json deno.json deno.jsonc setup.py setup.cfg pyproject.toml pipfile pip.conf pip.ini .pypirc uv.toml poetry.toml pdm.toml conftest.py "
            + "build.rs cargo.toml .cargo nuget.config gemfile gems.rb .bundle podfile mix.exs rebar.config package.swift"),
        (HandoffTrap.BuildScript, "makefile gnumakefile bsdmakefile justfile .justfile rakefile rakefile.rb rakelib taskfile.yml taskfile.yaml taskfile.dist.yml taskfile.dist.yaml cmakelists.txt cmakepresets.json "
            + "cmakeuserpresets.json meson.build build.ninja build.bazel workspace.bazel module.bazel .bazelrc sconstruct sconscript wscript configure.ac pom.xml .mvn build.xml build.sbt "
            + "gradle.properties gradle-wrapper.properties gradle-wrapper.jar .gradle build.zig gulpfile.js gruntfile.js nx.json project.json turbo.json lerna.json noxfile.py fabfile.py dodo.py "
            + "directory.build.rsp msbuild.rsp global.json dotnet-tools.json launchsettings.json"),
        (HandoffTrap.ToolConfiguration, ".config tox.ini pytest.ini .babelrc .eslintrc .swcrc .pylintrc .gdbinit .lldbinit .ghci .ocamlinit .rprofile .renviron"),
        (HandoffTrap.Container, "dockerfile containerfile docker-bake.hcl docker-bake.json vagrantfile tiltfile earthfile skaffold.yaml devspace.yaml procfile .devfile.yaml devfile.yaml"),
        (HandoffTrap.EditorTask, ".vscode .idea .run .devcontainer .devcontainer.json .vs .zed .fleet .helix .theia .settings .gitpod.yml .exrc .nvimrc .nvim.lua .vimrc .lvimrc .vim .dir-locals.el .dir-locals-2.el .emacs "
            + ".claude .cursor .cursorrules .mcp.json mcp.json .gemini .codex .continue .windsurf .aider.conf.yml .opencode opencode.json .kiro .amazonq"),
        (HandoffTrap.CiWorkflow, ".gitlab-ci.yml .gitlab jenkinsfile .circleci .travis.yml .buildkite .drone.yml .woodpecker .woodpecker.yml .cirrus.yml .ci appveyor.yml .appveyor.yml bitbucket-pipelines.yml "
            + "azure-pipelines.yml azure-pipelines.yaml .azure-pipelines .semaphore .teamcity .tekton cloudbuild.yaml buildspec.yml action.yml action.yaml .readthedocs.yml .readthedocs.yaml .goreleaser.yml .goreleaser.yaml "
            + "netlify.toml vercel.json"),
        (HandoffTrap.PythonStartup, "sitecustomize usercustomize site-packages __pycache__ pyvenv.cfg .venv"),
    ];

    private static readonly FrozenDictionary<string, HandoffTrap> ByName = Groups
        .SelectMany(group => group.Names.Split(' '), (group, name) => KeyValuePair.Create(name, group.Trap)).ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly (HandoffTrap Trap, string[] Endings)[] Endings =
    [
        (HandoffTrap.PythonStartup, [".pth", ".pyc", "._pth", ".egg-link"]),
        (HandoffTrap.BuildScript,
            [".mk", ".props", ".targets", ".csproj", ".fsproj", ".vbproj", ".proj", ".vcxproj", ".gradle", ".gradle.kts", ".cmake", ".rake", ".bzl", ".gemspec"]),
        (HandoffTrap.EditorTask, [".code-workspace", ".sublime-project", ".run.xml"]),
        (HandoffTrap.Container, [".dockerfile"]),
        (HandoffTrap.ShellEnvironment, [".desktop"]),
    ];

    /// <summary>What a file or directory of this name is, wherever it lies.</summary>
    public static HandoffTrap Of(string name)
    {
        if (ByName.TryGetValue(name, out var trap))
        {
            return trap;
        }

        foreach (var (kind, endings) in Endings)
        {
            if (endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal)))
            {
                return kind;
            }
        }

        return PythonStartup().IsMatch(name) ? HandoffTrap.PythonStartup
            : GitHooks().IsMatch(name) ? HandoffTrap.GitInternals
            : Containers().IsMatch(name) ? HandoffTrap.Container
            : Pipelines().IsMatch(name) ? HandoffTrap.CiWorkflow
            : Configurations().IsMatch(name) ? HandoffTrap.ToolConfiguration
            : HandoffTrap.None;
    }

    /// <summary>A module of such a name in any form that Python loads, compiled and native ones too.</summary>
    [GeneratedRegex(@"^(sitecustomize|usercustomize)\.", RegexOptions.CultureInvariant)]
    private static partial Regex PythonStartup();

    [GeneratedRegex(@"^\.?lefthook(-local)?\.(ya?ml|toml|jsonc?)$", RegexOptions.CultureInvariant)]
    private static partial Regex GitHooks();

    [GeneratedRegex(@"^((docker-)?compose(\..+)?\.ya?ml|docker-compose-.+\.ya?ml|(dockerfile|containerfile)\.(?!md$|txt$).+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Containers();

    [GeneratedRegex(@"^(azure-pipelines[.-].+\.ya?ml|jenkinsfile\.(?!md$|txt$).+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Pipelines();

    /// <summary>Programs as settings (<c>vite.config.ts</c>), and settings that name programs and plugins (<c>.mocharc.json</c>).</summary>
    [GeneratedRegex(@"^(.+\.config\.[cm]?[jt]s|\.(?!src$)[a-z0-9_-]+rc(\.[a-z0-9]+)?)$", RegexOptions.CultureInvariant)]
    private static partial Regex Configurations();
}
