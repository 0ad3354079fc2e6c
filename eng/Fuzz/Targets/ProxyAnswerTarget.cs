using SecureAgent.EgressProxy.Preface;

namespace SecureAgent.Fuzz;

internal static class ProxyAnswerTarget
{
    public static FuzzTarget Target { get; } = new(
        "proxy-answer",
        FuzzTargets.Bytes("HTTP/1.1 200 OK\r\n\r\nrest", "HTTP/1.0 407 \r\nA: b\r\n\r\n", "HTTP/1.1 999\r\n\r\n"),
        FuzzTargets.Bytes("\r\n\r\n", "HTTP/1.1 ", "200", " ", "\0", "\n\n"),
        Check);

    private static bool Check(byte[] bytes, int random)
    {
        var whole = ProxyAnswer.Parse(bytes);
        var part = ProxyAnswer.Parse(bytes.AsSpan(0, random % (bytes.Length + 1)));
        FuzzTarget.Require(part.Status == HeadStatus.Incomplete || part == whole, $"a beginning is {part}, all of it {whole}");
        FuzzTarget.Require(
            whole.Status != HeadStatus.Complete || (whole.Code is >= 100 and <= 999 && bytes.AsSpan(0, whole.Length).EndsWith("\r\n\r\n"u8)), $"{whole} is no answer");
        return whole.Status == HeadStatus.Complete;
    }
}
