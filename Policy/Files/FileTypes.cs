namespace SecureAgent.Policy.Files;

/// <summary>What content is, by its first bytes. A set; none of them is "anything else".</summary>
[Flags]
public enum FileTypes
{
    None = 0,
    Text = 1,
    Image = 2,
    Audio = 4,
    Video = 8,
    Pdf = 16,
    Archive = 32,

    /// <summary>Also what is none of the others.</summary>
    Any = int.MaxValue,
}
