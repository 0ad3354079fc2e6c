namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>The address that logs a browser in to the operator's web page.</summary>
public static class ConsoleLogin
{
    public static Uri AddressOf(Uri console, string token) => new(console, $"/login?token={token}");
}
