namespace SecureAgent.FileGate.Redaction;

/// <summary>Where the value of a secret is in scanned text. What names it (a prefix, a key, a PEM header) is not part of it.</summary>
internal readonly record struct SecretSpan(int Start, int Length)
{
    public int End => Start + Length;
}
