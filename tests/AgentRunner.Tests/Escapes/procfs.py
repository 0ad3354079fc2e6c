"""What /proc shows of PID 1, and what it lets be changed."""
import os

from attempts import attempt, each, victim

READ = ("environ", "maps", "smaps", "auxv", "io", "pagemap", "syscall", "personality", "timerslack_ns", "smaps_rollup", "numa_maps", "stack")
KERNEL_BUILT = ("stack", "numa_maps", "syscall", "io")


def first_mapping(pid):
    with open(f"/proc/{pid}/maps") as maps:
        return next(int(line.split("-")[0], 16) for line in maps if " rw-p " in line)


for name in READ:
    @attempt(f"proc.read.{name}", kernel=name in KERNEL_BUILT)
    def _(name=name):
        with open(f"/proc/{victim()}/{name}", "rb") as file:
            if not file.read(64):
                raise OSError(5, "is empty")


@each("proc.memory", {"read": ("rb",), "write": ("r+b",)})
def _(mode):
    pid = victim()
    with open(f"/proc/{pid}/mem", mode, buffering=0) as memory:
        memory.seek(first_mapping(pid))
        held = memory.read(8)
        if mode != "rb":
            memory.seek(first_mapping(pid))
            memory.write(held)


@attempt("proc.memory.of_a_thread")
def _():
    pid = victim()
    open(f"/proc/{pid}/task/{pid}/mem", "rb").close()


@each("proc.link", {name: (name,) for name in ("exe", "cwd", "root", "ns/net", "ns/user", "ns/mnt")})
def _(name):
    os.readlink(f"/proc/{victim()}/{name}")


@each("proc.through", {"root": ("root/etc/passwd",), "cwd": ("cwd/.",), "exe": ("exe",), "fd": ("fd/0",), "namespace": ("ns/net",)})
def _(path):
    os.close(os.open(f"/proc/{victim()}/{path}", os.O_RDONLY))


@each("proc.list", {name: (name,) for name in ("fd", "fdinfo", "map_files")})
def _(name):
    if not os.listdir(f"/proc/{victim()}/{name}"):
        raise OSError(2, "nothing there")


@each("proc.write", {
    "oom_score_adj": ("oom_score_adj", "1000"), "coredump_filter": ("coredump_filter", "0"), "clear_refs": ("clear_refs", "1"), "timerslack_ns": ("timerslack_ns", "1"),
    "comm": ("comm", "taken")}, kernel=True)
def _(name, value):
    with open(f"/proc/{victim()}/{name}", "w") as file:
        file.write(value)


@each("proc.own", {"uid_map": ("uid_map",), "setgroups": ("setgroups",)}, kernel=True)
def _(name):
    with open(f"/proc/self/{name}", "w") as file:
        file.write("deny" if name == "setgroups" else "0 0 1")


def sysctl(name, value):
    with open(f"/proc/sys/{name.replace('.', '/')}", "w") as file:
        file.write(value)


@each("sysctl", {name: (name, value) for name, value in {
    "net.ipv4.ip_forward": "1", "net.ipv4.ip_unprivileged_port_start": "99", "net.ipv4.ping_group_range": "0 10", "net.ipv4.conf.all.route_localnet": "1",
    "net.ipv4.ip_local_port_range": "2000 3000", "net.ipv6.conf.all.forwarding": "1", "user.max_user_namespaces": "100", "user.max_net_namespaces": "100", "user.max_inotify_watches": "100000", "kernel.shmmax": "1000000", "kernel.msgmax": "4000", "kernel.sem": "100 1000 100 100",
    "fs.mqueue.queues_max": "100", "fs.mqueue.msg_max": "20"}.items()}, kernel=True)
def _(name, value):
    sysctl(name, value)
