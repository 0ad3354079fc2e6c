using SecureAgent.Contracts.Guest;

namespace SecureAgent.Guest.Exec;

internal static class LayerReport
{
    public static GuestEvent Applied(string layer, string detail) => new(GuestEvent.Layer) { Name = layer, Detail = detail };

    public static GuestEvent Missing(string layer, string detail) => new(GuestEvent.LayerMissing) { Name = layer, Detail = detail };
}
