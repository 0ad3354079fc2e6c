using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.Policy.Egress;
using KestrelMethod = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpMethod;

namespace SecureAgent.Fuzz;

/// <summary>The one HTTP head we read ourselves, against the server that reads all others.</summary>
internal static class ConnectHeadTarget
{
    public static FuzzTarget Target { get; } = new(
        "connect-head",
        FuzzTargets.Bytes(
            "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", "CONNECT a.test:443 HTTP/1.0\r\n\r\nrest of the tunnel",
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]\r\nUser-Agent: x\r\nProxy-Connection: keep-alive\r\n\r\n",
            "CONNECT a.test:443 HTTP/1.1\r\nX: a\tb\r\nY:\r\nZ: \u00e9\r\n\r\n", "CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        FuzzTargets.Bytes("\r\n", "\r\n\r\n", "\n\n", "\r", " ", "\t", ":", "Host: b\r\n", "Content-Length: 1\r\n", "HTTP/1.1", "HTTP/2.0", "CONNECT ", "GET / ", "%00", "\0", " \r\n", "X : y\r\n"),
        Check);

    private static bool Check(byte[] bytes, int random)
    {
        var whole = ConnectHead.Parse(bytes);
        var part = ConnectHead.Parse(bytes.AsSpan(0, random % (bytes.Length + 1)));
        FuzzTarget.Require(
            part.Status switch
            {
                HeadStatus.Incomplete => true,
                HeadStatus.Malformed => whole.Status == HeadStatus.Malformed,
                _ => part == whole,
            },
            $"a beginning is {part}, all of it {whole}");
        if (whole.Status != HeadStatus.Complete)
        {
            return false;
        }

        var kestrel = new Reader();
        var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(bytes));
        var parser = new HttpParser<Reader>();
        try
        {
            FuzzTarget.Require(parser.ParseRequestLine(kestrel, ref reader) && parser.ParseHeaders(kestrel, ref reader), "the server does not find the end of the head");
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException error)
        {
            // What the server refuses must be refused here, too, at the latest as a host.
            FuzzTarget.Require(Authority.TryParse(whole.Target, defaultPort: null) is not { } target || CanonicalHost.TryParse(target.Host) is null, error.Message);
            return false;
        }

        FuzzTarget.Require(reader.Consumed == whole.Length, $"the server's head has {reader.Consumed} bytes, ours {whole.Length}");
        FuzzTarget.Require(kestrel.Method == KestrelMethod.Connect && kestrel.Target == whole.Target, $"the server reads {kestrel.Method} {kestrel.Target}, we {whole.Target}");
        FuzzTarget.Require(kestrel.Host == whole.Host, $"the server reads the host {kestrel.Host}, we {whole.Host}");
        return true;
    }

    private sealed class Reader : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public KestrelMethod Method { get; private set; }

        public string Target { get; private set; } = "";

        public string? Host { get; private set; }

        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine) =>
            (Method, Target) = (versionAndMethod.Method, Encoding.Latin1.GetString(startLine[targetPath.Offset..]));

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (Ascii.EqualsIgnoreCase(name, "host"u8))
            {
                Host = Encoding.Latin1.GetString(value);
            }
        }

        public void OnHeadersComplete(bool endStream)
        {
        }

        public void OnStaticIndexedHeader(int index) => throw new FuzzException("there is no such header in HTTP/1.1");

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new FuzzException("there is no such header in HTTP/1.1");
    }
}
