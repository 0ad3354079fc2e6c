"""
The control arm: the same attempts where nothing guards. PID 1 of namespaces of its own (user, mount, pid, net, ipc, uts, cgroup), started by an ordinary uid; what can be read or changed is a
fake on a tmpfs, and what is not is out of reach.
"""
import ctypes
import os
import socket
import subprocess
import threading

import files
import network

HIDDEN = ("/etc", "/root", "/home", "/var", "/boot", "/srv", "/run", "/mnt", "/media", "/opt", "/sys", "/dev/shm", "/usr/local")
KEPT = ("null", "zero", "full", "random", "urandom")
EVERY_TIME = ("/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/ld.so.cache", "/opt/file", "/opt/secure-agent/guest/file", "/run/secure-agent/guest.json")
held = []


def tool(*command):
    subprocess.run(command, check=True)


def fake(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("fake\n")


def build():
    tool("mount", "-t", "tmpfs", "lab", "/tmp")
    devices()
    for address in ("link", "set", "lo", "up"), ("route", "add", "local", "default", "dev", "lo"), ("-6", "route", "add", "local", "default", "dev", "lo"):
        tool("ip", *address)
    for path in HIDDEN:
        if os.path.isdir(path):
            tool("mount", "-t", "tmpfs", "-o", "mode=755", "lab", path)
    for path in files.SECRETS:
        fake(path)
    for path in filter(os.path.exists, files.KERNELS):
        over(path)
    for path in "/usr/local/bin", "/home/agent", "/dev/shm":
        os.makedirs(path, exist_ok=True)
    for path in files.SOCKETS:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        listen(path)
    listen("\0" + network.ABSTRACT)
    held.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    held[-1].bind("\0" + network.ABSTRACT + "-dgram")
    answer()


def devices():
    os.makedirs("/tmp/dev/pts")
    for name in KEPT:
        fake(f"/tmp/dev/{name}")
        tool("mount", "--bind", f"/dev/{name}", f"/tmp/dev/{name}")
    tool("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts", "/tmp/dev/pts")
    os.symlink("pts/ptmx", "/tmp/dev/ptmx")
    os.mkdir("/tmp/dev/shm")
    tool("mount", "--rbind", "/tmp/dev", "/dev")


def over(path):
    fake("/tmp/over")
    tool("mount", "--bind", "/tmp/over", path)


def listen(address):
    held.append(socket.socket(socket.AF_UNIX))
    held[-1].bind(address)
    held[-1].listen(64)


def answer():
    """Every address is this machine's; whoever asks is answered."""
    server = socket.create_server(("::", network.HOST_PORT), family=socket.AF_INET6, backlog=64, dualstack_ipv6=True)
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.setsockopt(socket.IPPROTO_IPV6, 49, 1)    # the answer comes from the address that was asked
    datagrams.setsockopt(socket.IPPROTO_IPV6, 78, 1)    # also from one that is nowhere configured
    datagrams.bind(("::", network.HOST_PORT))
    held.extend((server, datagrams))

    def echo():
        while True:
            data, ancillary, _, sender = datagrams.recvmsg(64, 128)
            datagrams.sendmsg([data], [(level, 50, content) for level, _, content in ancillary], 0, sender)
    threading.Thread(target=echo, daemon=True).start()


def alone():
    """What an attempt does to mounts, names and segments is gone with it; files are as before."""
    if ctypes.CDLL(None).unshare(0x20000 | 0x4000000 | 0x8000000) != 0:
        raise SystemExit("the lab has no namespaces")
    for path in EVERY_TIME:
        fake(path)
    for path in os.listdir("/run/secure-agent"):
        if path not in ("guest.json", "guest.sock", "control.sock"):
            target = f"/run/secure-agent/{path}"
            os.rmdir(target) if os.path.isdir(target) and not os.path.islink(target) else os.unlink(target)
