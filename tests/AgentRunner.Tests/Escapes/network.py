"""Sockets of every kind, and the addresses that are not behind a gate. In the lab everything is delivered to a listener of its own."""
import fcntl
import os
import select
import socket
import struct

from attempts import INHERITED, attempt, each

HOST_PORT = int(os.environ["ESCAPE_PORT"])
ABSTRACT = os.environ["ESCAPE_ABSTRACT"]
NETLINK, WAIT = 16, 2


def stream(family, address, protocol=0):
    with socket.socket(family, socket.SOCK_STREAM, protocol) as client:
        client.settimeout(WAIT)
        client.connect(address)


def datagram(family, address, protocol=0, broadcast=False):
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as client:
        client.settimeout(WAIT)
        if broadcast:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            client.sendto(b"out", address)
        else:
            client.connect(address)
            client.send(b"out")
        client.recv(16)


@each("tcp", {
    "host_loopback": (2, ("127.0.0.1", HOST_PORT)), "public": (2, ("192.0.2.7", HOST_PORT)), "metadata": (2, ("169.254.169.254", HOST_PORT)), "private": (2, ("10.0.0.1", HOST_PORT)),
    "zero": (2, ("0.0.0.0", HOST_PORT)), "v6": (10, ("2001:db8::7", HOST_PORT)), "v6_loopback": (10, ("::1", HOST_PORT)), "mapped": (10, ("::ffff:192.0.2.7", HOST_PORT)),
    "mapped_loopback": (10, ("::ffff:127.0.0.1", HOST_PORT)), "link_local": (2, ("169.254.1.1", HOST_PORT)), "other_loopback": (2, ("127.9.9.9", HOST_PORT))})
def _(family, address):
    stream(family, address)


@attempt("tcp.multipath", kernel=True)
def _():
    stream(2, ("192.0.2.7", HOST_PORT), 262)


@attempt("tcp.fast_open", kernel=True)
def _():
    with socket.socket() as client:
        client.settimeout(WAIT)
        try:
            client.sendto(b"out", 0x20000000, ("192.0.2.7", HOST_PORT))
        except BlockingIOError:
            select.select([], [client], [], WAIT)
        if error := client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))


@each("udp", {
    "public": (2, ("198.51.100.9", HOST_PORT)), "resolver": (2, ("192.0.2.53", HOST_PORT)), "v6": (10, ("2001:db8::9", HOST_PORT)), "mapped": (10, ("::ffff:198.51.100.9", HOST_PORT)),
    "host_loopback": (2, ("127.0.0.1", HOST_PORT))})
def _(family, address):
    datagram(family, address)


@attempt("udp.lite", kernel=True)
def _():
    datagram(2, ("198.51.100.9", HOST_PORT), 136)


@attempt("sctp", kernel=True)
def _():
    stream(2, ("192.0.2.7", HOST_PORT), 132)


@attempt("abstract.stream")
def _():
    stream(1, "\0" + ABSTRACT)


@attempt("abstract.datagram")
def _():
    with socket.socket(1, socket.SOCK_DGRAM) as client:
        client.sendto(b"out", "\0" + ABSTRACT + "-dgram")


@each("socket", {
    "packet_raw": (17, 3, 0x300), "packet_datagram": (17, 2, 0x300), "icmp_raw": (2, 3, 1), "ip_raw": (2, 3, 255), "icmp6_raw": (10, 3, 58)})
def _(family, kind, protocol):
    socket.socket(family, kind, protocol).close()


@each("socket", {
    "vsock": (40, 1, 0), "algorithms": (38, 5, 0), "keys": (15, 3, 2), "xdp": (44, 3, 0), "can": (29, 3, 1), "bluetooth": (31, 3, 1), "tipc": (30, 5, 0), "rds": (21, 5, 0)}, kernel=True)
def _(family, kind, protocol):
    socket.socket(family, kind, protocol).close()


@each("netlink", {
    "socket_diagnosis": (4,), "xfrm": (6,), "audit": (9,), "connector": (11,), "netfilter": (12,), "uevent": (15,), "generic": (16,), "crypto": (21,), "selinux": (7,)}, kernel=True)
def _(protocol):
    socket.socket(NETLINK, 3, protocol).close()


@each("bind", {"files": (1, 8081), "proxy": (1, 3128), "models": (1, 11434), "dns": (1, 53), "dns_udp": (2, 53)})
def _(kind, port):
    """In place of a relay, to be asked by the agent's other programs."""
    with socket.socket(2, kind) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))


@each("option", {"mark": (1, 36), "transparent": (0, 19), "transparent6": (41, 75), "receive_buffer": (1, 33), "send_buffer": (1, 32), "repair": (6, 19), "raw_header": (0, 17)}, kernel=True)
def _(level, option):
    with socket.socket(10 if level == 41 else 2) as client:
        client.setsockopt(level, option, 1)


@attempt("credentials.forged")
def _():
    """Another's pid and uid beside a message."""
    left, right = socket.socketpair()
    right.setsockopt(socket.SOL_SOCKET, 16, 1)
    left.sendmsg([b"x"], [(socket.SOL_SOCKET, 2, struct.pack("=iII", 1, 0, 0))])


@attempt("descriptor.inherited")
def _():
    if not INHERITED:
        raise OSError(9, "none")


def route(kind, flags, body):
    with socket.socket(NETLINK, 3, 0) as line:
        line.send(struct.pack("=IHHII", 16 + len(body), kind, flags | 5, 1, 0) + body)
        answer = line.recv(4096)
        error = struct.unpack_from("=i", answer, 16)[0]
        if error:
            raise OSError(-error, os.strerror(-error))


@each("route", {
    "address": (20, 0x600, struct.pack("=BBBBI", 2, 24, 0, 0, 1) + struct.pack("=HH4s", 8, 2, bytes([192, 0, 2, 9]))),
    "interface": (16, 0x600, struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0) + struct.pack("=HH", 16, 18) + struct.pack("=HH6sxx", 10, 1, b"dummy\0")),
    "down": (16, 0, struct.pack("=BBHiII", 0, 0, 0, 1, 0, 1))}, kernel=True)
def _(kind, flags, body):
    route(kind, flags, body)


@attempt("route.down_by_ioctl")
def _():
    with socket.socket(2, 2) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0))
