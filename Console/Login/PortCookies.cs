using System.Globalization;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace SecureAgent.Console.Login;

/// <summary>A cookie for each port: browsers keep one jar for all ports of a host, and two servers of one machine would log each other out.</summary>
internal sealed class PortCookies : ICookieManager
{
    private readonly ChunkingCookieManager inner = new();

    public string? GetRequestCookie(HttpContext context, string key) => inner.GetRequestCookie(context, NameOf(context));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) => inner.AppendResponseCookie(context, NameOf(context), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) => inner.DeleteCookie(context, NameOf(context), options);

    private static string NameOf(HttpContext context) => string.Create(CultureInfo.InvariantCulture, $"secure-agent-{context.Connection.LocalPort}");
}
