using SecureAgent.Contracts.Guest;

namespace SecureAgent.Guest.Exec;

internal static class LayerReport
{
    public static GuestEvent Applied(string layer, string detail) => new(GuestEvent.Layer) { Name = layer, Detail = detail };

    /// <summary>Where there is no line to the runner yet, it reads this.</summary>
    public static string Words(string layer, string detail) => $"sandbox layer {layer} is missing: {detail}";

    public static GuestEvent Missing(string layer, string detail) => new(GuestEvent.LayerMissing) { Name = layer, Detail = detail };
}
