using System.Text;
using System.Text.RegularExpressions;

namespace SecureAgent.FileGate.Tests.Redaction;

/// <summary>
/// Text with secrets and text without. Secrets are templates, <c>{40:base62}</c> for forty random characters, filled from a fixed seed: no
/// line of this repository looks like a credential.
/// </summary>
internal static partial class RedactionCorpus
{
    private const string Digits = "0123456789";
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public static IReadOnlyList<string> Positives { get; } =
    [
        "aws_access_key_id = AKIA{16:upper}",
        "export AWS_ACCESS_KEY_ID=ASIA{16:upper}",
        "aws_secret_access_key = {40:base64}",
        "AWS_SECRET_ACCESS_KEY={40:base64}",
        "  \"SecretAccessKey\": \"{40:base64}\",",
        "token: ghp_{36:base62}",
        "git clone https://oauth2:ghp_{36:base62}@github.com/a/b.git",
        "GITHUB_TOKEN=gho_{36:base62}",
        "ghs_{36:base62}",
        "github_pat_{22:base62}_{59:base62}",
        "glpat-{20:url}",
        "//registry.npmjs.org/:_authToken=npm_{36:base62}",
        "password = pypi-AgE{120:url}",
        "docker login -p dckr_pat_{27:url}",
        "SLACK=xoxb-{12:digits}-{13:digits}-{24:base62}",
        "xoxp-{12:digits}-{12:digits}-{12:digits}-{32:hex}",
        "https://hooks.slack.com/services/T{8:upper}/B{8:upper}/{24:base62}",
        "xapp-1-A{10:upper}-{13:digits}-{64:hex}",
        "STRIPE_KEY=sk_live_{24:base62}",
        "stripe.api_key = \"rk_live_{24:base62}\"",
        "whsec_{32:base64}",
        "const key = 'AIza{35:url}';",
        "ya29.{80:url}",
        "client_secret=GOCSPX-{28:url}",
        "OPENAI_API_KEY=sk-proj-{48:url}",
        "openai.api_key = 'sk-{48:base62}'",
        "ANTHROPIC_API_KEY=sk-ant-api03-{80:url}",
        "GROQ_API_KEY=gsk_{52:base62}",
        "HF_TOKEN=hf_{34:base62}",
        "REPLICATE_API_TOKEN=r8_{37:base62}",
        "XAI=xai-{80:base62}",
        "nvapi-{64:url}",
        "dop_v1_{64:hex}",
        "hvs.{24:url}",
        "SG.{22:url}.{43:url}",
        "shpat_{32:hex}",
        "glsa_{32:base62}_{8:hex}",
        "tskey-auth-{12:base62}-{32:base62}",
        "lin_api_{40:base62}",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={86:base64}==;EndpointSuffix=core.windows.net",
        "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey={43:base64}=",
        "AGE-SECRET-KEY-1{58:upper}",
        "Authorization: Bearer eyJ{20:url}.eyJ{60:url}.{43:url}",
        "\"id_token\":\"eyJ{36:url}.eyJ{200:url}.{342:url}\"",
        "Authorization: Bearer {40:base62}",
        "curl -H 'Authorization: Basic {32:base64}' https://x",
        "DATABASE_URL=postgres://app:{16:base62}@db.internal:5432/app",
        "redis://:{24:base62}@cache:6379/0",
        "mongodb+srv://root:{20:base62}@cluster0.abcde.mongodb.net",
        "amqp://svc:{12:base62}@mq/%2F",
        "DB_PASSWORD={24:base62}",
        "password: \"{20:base62}\"",
        "db.password={24:strong}",
        "\"clientSecret\": \"{40:url}\"",
        "  api_key: {32:hex}",
        "API_KEY='{32:hex}'",
        "x-api-key: {40:base62}",
        "JWT_SECRET={64:hex}",
        "<add key=\"ApiKey\" value=\"x\" /> secret=\"{32:base62}\"",
        "encryption_key: \"{44:base64}\"",
        "SIGNING_KEY={43:base64}=",
        "ENV SESSION_SECRET {0:base62}\nSESSION_SECRET=\"{48:base62}\"",
        "private_key_id: x\n\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{64:base64}\\n{64:base64}\\n{40:base64}\\n-----END PRIVATE KEY-----\\n\"",
        "-----BEGIN RSA PRIVATE KEY-----\n{64:base64}\n{64:base64}\n{64:base64}\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{70:base64}\n{70:base64}\n{30:base64}==\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n{64:base64}\n{64:base64}\n{20:base64}=\n-----END EC PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{32:hex}\n\n{64:base64}\n{64:base64}\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{64:base64}\n{64:base64}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
        "spring.datasource.password={20:base62}",
        "$config['db_password'] = '{16:strong}';",
        "secret_key_base: {128:hex}",
        "machine x login y password {0:base62}\npasswd: '{18:base62}'",
    ];

    /// <summary>Lines that look like secrets to a careless eye.</summary>
    public static IReadOnlyList<string> Negatives { get; } =
    [
        "var token = source.Token;", "CancellationToken cancellationToken = default;", "string password = ReadPassword();", "password: str = Field(...)",
        "if (token == null) throw new ArgumentNullException(nameof(token));", "this.accessToken2 = accessTokenProvider2.GetToken();",
        "const token = await getAccessToken({ audience });", "auth_token = request.headers['X-Auth-Token']", "secret = os.environ[\"CLIENT_SECRET\"]",
        "token: ${{ secrets.GITHUB_TOKEN }}", "password: ${DB_PASSWORD}", "password: {{ .Values.password }}", "PASSWORD=changeme123", "API_KEY=your-api-key-here-123",
        "api_key: <YOUR_API_KEY_1>", "DB_PASSWORD=password123", "secret: xxxxxxxxxxxxxxxx1", "\"password\": \"********\"", "token=REDACTED1", "AKIAIOSFODNN7EXAMPL",
        "max_tokens: 200000", "tokens = 4096", "token_count = 12345678901234567890", "\"nextPageToken\": \"CAUQAA1b2C3d4E5f6G7h8I9j0\"", "pageToken=Zjk4YTdhYjItMTIz",
        "PublicKeyToken=b77a5c561934e089", "public_key: MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2f8", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx1nS2fF3Zt9QmY0cH8k2m1 a@b",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2Zt9QmY0cH8k2m1Jx1nS2fF3ZswCgYIKoZIzj0EAwIw\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJx1nS2fF3Zt9QmY0cH8k2m1\n-----END PUBLIC KEY-----",
        "if text.startswith(\"-----BEGIN PRIVATE KEY-----\"): raise ValueError", "const B = '-----BEGIN PRIVATE KEY-----'; const E = '-----END PRIVATE KEY-----';",
        "Paste everything from -----BEGIN RSA PRIVATE KEY----- down to -----END RSA PRIVATE KEY----- into the box.",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "\"integrity\": \"sha512-9Qk2hB7VxHqDk1uYz1Y0xJ7m8a5v0sN0fQ2wB4y6Xc==\"",
        "id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8", "<Guid>6BA7B810-9DAD-11D1-80B4-00C04FD430C8</Guid>", "etag: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"",
        "color: #ff00aa; background: url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk)", "version = \"1.2.3-beta.4+build.567\"",
        "Basic authentication sends the user name and password.", "The bearer of this ticket is entitled to one ride.", "Basic research in 2024 grew by 12 percent.",
        "Reset your password: open Settings, choose Security, then Password.", "The secret: keep the dough cold for 24 hours.", "Secret: 2 tablespoons of vinegar1 and salt",
        "Tokens are opaque strings; a token may be up to 4096 bytes long.", "key: value", "primary key: id", "foreign_key: user_id_2024", "sort_key=created_at_desc_1", "cache_key: users/123/profile/v2",
        "partition_key = \"tenant_2024_region_eu_west_1\"", "keyboard: qwerty123", "monkey = Monkey2()", "keyword = 'search2024'", "hotkey: ctrl+shift+f12", "storage_key: 'app.settings.theme.v2'",
        "https://user@example.com/path", "https://example.com:8443/a:b@c", "http://localhost:8080/@scope/package@1.2.3", "postgres://user:password@localhost/db", "redis://:${REDIS_PASSWORD}@cache:6379",
        "mysql://root:$PASS@db", "ftp://anonymous:user%40example.com@ftp", "https://<user>:<token>@host", "git@github.com:owner/repo2.git", "mailto:a@b.c",
        "sk-learn-estimator-with-long-name-for-tests", "class=\"sk-circle-fade-dot sk-chase-dot-before-animation\"", "task-force-number-two-hundred-and-one-b2", "risk-assessment-2024-final-version-three",
        "eyJust a typo in this sentence, nothing more.", "eyJhbGciOiJIUzI1NiJ9", "base64: eyJhIjoxfQ==", "AKIA is the prefix of access keys.", "ghp_ is followed by 36 characters", "ghp_short123",
        "AIza is not enough", "npm_config_registry=https://registry.npmjs.org", "npm_lifecycle_event=test", "npm_package_json_path=/srv/app/package-json-file-two", "hf_hub_download(repo_id=\"a/b\")", "SG.js",
        "xoxb- tokens are for bots", "sk_live_ prefix", "whsec_ prefix", "hvs.token", "glpat- prefix", "shpat_ prefix",
        "csrf_token = generate_csrf_token()", "token = jwt.encode(payload, key, algorithm=\"HS256\")", "secretKey := []byte(os.Getenv(\"SECRET_KEY\"))", "passwd := flag.String(\"passwd\", \"\", \"database password\")",
        "password = prompt('Password for user1@host2: ')", "private string _password = string.Empty;", "public required string ApiKey { get; init; }", "credentials = service_account.Credentials.from_file(path2)",
        "apiKey: process.env.API_KEY_V2,", "accessKey = config.get('aws.access_key_1')", "token_endpoint: https://login.microsoftonline.com/common/oauth2/v2.0/token", "token_url = https://oauth2.googleapis.com/token",
        "password_reset_timeout: 3600", "password-policy = min12-upper1-digit1", "TOKEN_TTL=15m", "SECRET_NAME=prod/db/main", "secret: vault:secret/data/app#field1", "secretName: app-tls-2024",
        "secretRef: { name: db-credentials-v2 }", "tokenizer: cl100k_base", "token_type=Bearer", "authorization: Bearer ${TOKEN}", "authorization: Bearer <token>", "Authorization: Bearer YOUR_TOKEN_HERE_12345678",
        "passphrase: correct horse battery staple", "password=hunter", "pwd: /home/user1/projects/app2", "pwd=$(pwd)", "PWD=/srv/app/releases/20240101", "OLDPWD=/srv/app/releases/20231231",
        "token: Token2,", "tokens: [a1, b2, c3]", "secrets: [db, cache]", "SecretKey1 = nameof(SecretKey1);", "[InlineData(\"token1\", \"token2\")]", "Assert.Equal(expectedToken1, actualToken2);",
        "return token_hash_1 == token_hash_2", "key = \"abcdefgh-ijklmnop\"", "AccountKey=UseDevelopmentStorage", "AccountName=devstoreaccount1", "SharedAccessKeyName=RootManageSharedAccessKey",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.", "In 1984 the token system was replaced; tokens no. 12345 to 67890 were melted.", "0x1f8b0800000000000003", "3.14159265358979323846",
        "2024-11-24T00:12:49.123456Z", "/usr/lib/x86_64-linux-gnu/libssl.so.3", "c:\\users\\token\\file1.txt", "user1@example.com, user2@example.com", "+49 30 123456-78", "DE89370400440532013000",
    ];

    /// <summary>The text with its templates filled, and where each secret stands.</summary>
    public static (string Text, IReadOnlyList<(int Start, int Length)> Secrets) Fill(string template, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        var secrets = new List<(int, int)>();
        var at = 0;
        foreach (Match match in Template().Matches(template))
        {
            text.Append(template, at, match.Index - at);
            var length = int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            if (length > 0)
            {
                secrets.Add((text.Length, length));
            }

            text.Append(random.GetItems<char>(Letters(match.Groups[2].Value), length));
            at = match.Index + match.Length;
        }

        return (text.Append(template, at, template.Length - at).ToString(), secrets);
    }

    private static string Letters(string kind) => kind switch
    {
        "digits" => Digits,
        "hex" => Digits + "abcdef",
        "upper" => "234567" + Upper,
        "base62" => Digits + Lower + Upper,
        "base64" => Digits + Lower + Upper + "+/",
        "url" => Digits + Lower + Upper + "-_",
        "strong" => Digits + Lower + Upper + "!@#%^&*",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such alphabet"),
    };

    [GeneratedRegex(@"\{(\d+):(\w+)\}")]
    private static partial Regex Template();
}
