using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Layout;

/// <summary>An authority of the gates' own and a certificate for each door, by cert-manager. Its key never leaves the gates' namespace.</summary>
internal static class Certificates
{
    private const string Api = "cert-manager.io/v1";
    private const string Authority = "gate-authority";

    public static IEnumerable<object> All(Plan plan) =>
    [
        CustomObject.Of(Api, "Issuer", Meta.System("self-signed", "gate"), new { SelfSigned = new { } }),
        CustomObject.Of(Api, "Certificate", Meta.System(Authority, "gate"), new
        {
            SecretName = Authority,
            CommonName = "SecureAgent gates",
            IsCA = true,
            Duration = "8760h",
            PrivateKey = new { Algorithm = "ECDSA", Size = 256 },
            Usages = new[] { "cert sign", "crl sign" },
            IssuerRef = new { Kind = "Issuer", Name = "self-signed" },
        }),
        CustomObject.Of(Api, "Issuer", Meta.System("gates", "gate"), new { Ca = new { SecretName = Authority } }),
        .. GateWorkload.Of(plan.Graph).Select(component => CustomObject.Of(Api, "Certificate", Meta.System(component.Name, GateWorkload.Role(component)), new
        {
            SecretName = $"{component.Name}-tls",
            DnsNames = new[] { Names.Host(component.Name) },
            Duration = "24h",
            RenewBefore = "8h",
            PrivateKey = new { Algorithm = "ECDSA", Size = 256, RotationPolicy = "Always" },
            Usages = new[] { "digital signature", "server auth", "client auth" },
            IssuerRef = new { Kind = "Issuer", Name = "gates" },
        })),
    ];
}
