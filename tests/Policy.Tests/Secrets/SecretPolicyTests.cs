using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.Policy.Tests.Secrets;

public sealed class SecretPolicyTests
{
    private static readonly Profile Profile = Make.Profile() with
    {
        Egress = [Make.Egress("api.example.com", [80, 443], inject: "api", at: 0), Make.Egress("plain.example.com", [80], at: 1)],
        Secrets = [Make.Secret("api", "api.example.com", "GET", "POST"), Make.Secret("plain", "plain.example.com"), Make.Secret("model", "models.example.com", "POST"), Make.Secret("corp", "proxy.example.com") with { Header = "proxy-authorization" }],
        Inference = Make.Inference(1000, "*"),
    };

    [Theory]
    [InlineData("egress-proxy", "api", "api.example.com", 80, "GET", ReasonCode.AllowedByRule)]
    [InlineData("egress-proxy", "api", "API.example.com.", 443, "POST", ReasonCode.AllowedByRule)]
    [InlineData("egress-proxy", "api", "api.example.com", 81, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "api", "api.example.com", 0, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "api", "api.example.com", 80, "DELETE", ReasonCode.MethodNotAllowed)]
    [InlineData("egress-proxy", "api", "api.example.com", 80, "get", ReasonCode.MethodNotAllowed)]
    [InlineData("egress-proxy", "api", "plain.example.com", 80, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "api", "x.api.example.com", 80, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "api", "api.example.com@evil.org", 80, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "API", "api.example.com", 80, "GET", ReasonCode.SecretUnknown)]
    [InlineData("egress-proxy", "", "api.example.com", 80, "GET", ReasonCode.SecretUnknown)]
    [InlineData("egress-proxy", "plain", "plain.example.com", 80, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "corp", "proxy.example.com", 3128, "CONNECT", ReasonCode.AllowedByRule)]
    [InlineData("egress-proxy", "corp", "proxy.example.com", 3128, "GET", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "corp", "other.example.com", 3128, "CONNECT", ReasonCode.DestinationMismatch)]
    [InlineData("inference-gateway", "corp", "proxy.example.com", 3128, "CONNECT", ReasonCode.DestinationMismatch)]
    [InlineData("egress-proxy", "api", "api.example.com", 80, "CONNECT", ReasonCode.MethodNotAllowed)]
    [InlineData("egress-proxy", "model", "models.example.com", 443, "POST", ReasonCode.DestinationMismatch)]
    [InlineData("inference-gateway", "model", "models.example.com", 443, "POST", ReasonCode.AllowedByRule)]
    [InlineData("inference-gateway", "model", "models.example.com", 443, "GET", ReasonCode.MethodNotAllowed)]
    [InlineData("inference-gateway", "model", "evil.example.com", 443, "POST", ReasonCode.DestinationMismatch)]
    [InlineData("file-gate", "api", "api.example.com", 80, "GET", ReasonCode.CallerNotAllowed)]
    [InlineData("desktop-agent", "api", "api.example.com", 80, "GET", ReasonCode.CallerNotAllowed)]
    [InlineData("Egress-Proxy", "api", "api.example.com", 80, "GET", ReasonCode.CallerNotAllowed)]
    [InlineData("", "api", "api.example.com", 80, "GET", ReasonCode.CallerNotAllowed)]
    public void Lease_IsBoundToCallerDestinationAndMethod(string caller, string name, string host, int port, string method, ReasonCode expected)
    {
        var decision = SecretPolicy.Decide(Profile, new SecretRequest(caller, name, host, port, method));
        Assert.Equal((expected, expected == ReasonCode.AllowedByRule), (decision.Reason, decision.IsAllowed));
    }

    [Fact]
    public void Lease_ForTheGateway_NeedsAProfileThatMayCallModels() => Assert.Equal(
        ReasonCode.CallerNotAllowed,
        SecretPolicy.Decide(Profile with { Inference = null }, new SecretRequest("inference-gateway", "model", "models.example.com", 443, "POST")).Reason);
}
