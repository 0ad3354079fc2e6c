namespace SecureAgent.EndToEnd.Tests;

/// <param name="Program">What must be installed below /usr, where the sandbox sees it; it always sees .NET.</param>
/// <param name="Script">ORIGIN and WSORIGIN stand for the origin's URL.</param>
/// <param name="Expected">What it prints when it got through.</param>
internal sealed record SandboxClient(string Program, string Script, string Expected)
{
    private const string Answer = "from the origin";

    /// <summary>The clients people use, as they come.</summary>
    public static IReadOnlyDictionary<string, SandboxClient> All { get; } = new Dictionary<string, SandboxClient>(StringComparer.Ordinal)
    {
        ["curl"] = new("curl", "curl -sS ORIGIN/x", Answer),
        ["curl HTTP1.1"] = new("curl", "curl -sS --http1.1 ORIGIN/x", Answer),
        ["git"] = new("git", "git clone -q ORIGIN/repo.git r && cat r/file.txt", "from git"),
        ["npm"] = new("npm", "npm pack tiny --loglevel warn --fetch-retries 0 --cache /tmp/npm --registry ORIGIN/npm/ && tar xzOf tiny-1.0.0.tgz package/package.json", "\"version\":\"1.0.0\""),
        ["pip"] = new("pip3", "/usr/bin/python3 -m pip download -q --disable-pip-version-check --no-cache-dir --no-deps -i ORIGIN/simple/ tiny && ls *.whl", "tiny-1.0-py3-none-any.whl"),
        ["urllib"] = new("python3", "/usr/bin/python3 -c \"import urllib.request; print(urllib.request.urlopen('ORIGIN/x').read().decode())\"", Answer),
        ["node https"] = new("node", "node -e \"$NODE\" https", Answer),
        ["node fetch"] = new("node", "node -e \"$NODE\" fetch", Answer),
        ["node websocket"] = new("node", "node -e \"$NODE\" websocket", "hello"),
        ["HttpClient"] = new("dotnet", "dotnet /tmp/client.dll get ORIGIN/x", Answer),
        ["ClientWebSocket"] = new("dotnet", "dotnet /tmp/client.dll websocket WSORIGIN/x", "hello"),
    };

    public bool IsInstalled => Program == "dotnet" || new[] { "/usr/bin", "/usr/local/bin" }.Select(directory => new FileInfo(Path.Combine(directory, Program)))
        .Any(file => (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is { Exists: true } target && target.FullName.StartsWith("/usr/", StringComparison.Ordinal));

    /// <summary>One script for all that are installed: each in a shell and a directory of its own, its output between two lines.</summary>
    /// <param name="prelude">What all of them begin with.</param>
    public static string ScriptOf(string prelude, string baseUrl)
    {
        var parts = All.Where(pair => pair.Value.IsInstalled)
            .Select(pair => $"(mkdir '/tmp/{pair.Key}' && cd '/tmp/{pair.Key}' && echo '>>> {pair.Key}' && {pair.Value.Script}) 2>&1; echo \"<<< $?\"");
        var script = $"""
            export NO_PROXY= no_proxy= GIT_CONFIG_NOSYSTEM=1
            {prelude}
            NODE=$(cat <<'END'
            {NodeTunnel}
            END
            )
            {ProgramText()}
            {string.Join('\n', parts)}
            """;
        return script.Replace("WSORIGIN", baseUrl.Replace("https", "wss", StringComparison.Ordinal), StringComparison.Ordinal).Replace("ORIGIN", baseUrl, StringComparison.Ordinal);
    }

    /// <summary>Takes the output of that script apart: exit code and output by client.</summary>
    public static IReadOnlyDictionary<string, (string ExitCode, string Output)> Read(string output) => output
        .Split(">>> ", StringSplitOptions.RemoveEmptyEntries).Skip(output.StartsWith(">>> ", StringComparison.Ordinal) ? 0 : 1)
        .ToDictionary(
            part => part[..part.IndexOf('\n', StringComparison.Ordinal)],
            part => (part[(part.IndexOf("<<< ", StringComparison.Ordinal) + 4)..].Trim(), part),
            StringComparer.Ordinal);

    /// <summary>What proxy agents for Node do, as most versions of it know no proxy: CONNECT, and TLS over the socket.</summary>
    private const string NodeTunnel = """
        const http = require('http'), https = require('https'), tls = require('tls');
        const target = new URL('ORIGIN'), proxy = new URL(process.env.HTTPS_PROXY), mode = process.argv[1];
        const fail = error => { console.log(String(error), String(error.cause)); process.exit(1); };
        const open = (options, done) => void http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: target.host, headers: { host: target.host } })
          .on('connect', (answer, socket) => {
            const stream = tls.connect({ socket, host: target.hostname, servername: target.hostname, ALPNProtocols: ['http/1.1'] });
            stream.once('secureConnect', () => done(null, stream)).on('error', fail);
          }).on('error', fail).end();
        if (mode === 'https') {
          const agent = new https.Agent();
          agent.createConnection = open;
          https.get({ host: target.hostname, port: target.port, path: '/x', agent }, r => r.on('data', d => process.stdout.write(d)).on('end', () => process.exit(0))).on('error', fail);
        } else if (mode === 'fetch') {
          fetch('data:,').then(() => {
            const Dispatcher = globalThis[Symbol.for('undici.globalDispatcher.1')].constructor;
            return fetch(target + 'x', { dispatcher: new Dispatcher({ connect: open }) });
          }).then(r => r.text()).then(text => { console.log(text); process.exit(0); }, fail);
        } else {
          open({}, (none, stream) => {
            stream.write('GET /x HTTP/1.1\r\nHost: ' + target.host + '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
            let isOpen = false;
            stream.on('data', data => {
              if (!isOpen && data.includes('101 ')) { isOpen = true; stream.write(Buffer.concat([Buffer.from([0x81, 0x85, 0, 0, 0, 0]), Buffer.from('hello')])); }
              if (data.includes('hello')) { console.log('hello'); process.exit(0); }
            });
          });
        }
        """;

    private static string ProgramText()
    {
        var directory = Path.Combine(Product.Root, "artifacts", "bin", "SandboxClient", "debug");
        string Encoded(string extension) => Convert.ToBase64String(File.ReadAllBytes(Path.Combine(directory, $"SecureAgent.SandboxClient.{extension}")));
        return $"echo {Encoded("dll")} | base64 -d > /tmp/client.dll\necho {Encoded("runtimeconfig.json")} | base64 -d > /tmp/client.runtimeconfig.json";
    }
}
