"""Ending, stopping or starving PID 1 and the threads that watch and relay."""
import ctypes
import fcntl
import os
import resource
import signal
import socket
import time

from attempts import attempt, call, each, victim

KINDS = ("HUP", "INT", "QUIT", "ABRT", "KILL", "SEGV", "USR1", "TERM", "STOP", "CONT", "TSTP", "CHLD", "PIPE")


@each("signal", {name: (getattr(signal, f"SIG{name}"),) for name in KINDS} | {"realtime": (40,)})
def _(number):
    os.kill(victim(), number)


@attempt("signal.thread")
def _():
    pid = victim()
    thread = int(os.listdir(f"/proc/{pid}/task")[-1])
    call(234, pid, thread, signal.SIGKILL)


@attempt("signal.queued")
def _():
    call(129, victim(), signal.SIGTERM, (ctypes.c_int * 32)(signal.SIGTERM, 0, -1))


@attempt("signal.pidfd")
def _():
    signal.pidfd_send_signal(os.pidfd_open(victim()), signal.SIGKILL)


@attempt("signal.by_ownership")
def _():
    """A socket's owner is told that bytes came; the owner is another process, the signal one that kills."""
    pid = victim()
    left, right = socket.socketpair()
    fcntl.fcntl(left, fcntl.F_SETOWN, pid)
    fcntl.fcntl(left, 10, signal.SIGKILL)
    fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC)
    right.send(b"x")
    for _ in range(100):
        if pid != 1 and os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.01)
    raise OSError(1, "it lives")


@each("limit", {"files": (resource.RLIMIT_NOFILE,), "cpu": (resource.RLIMIT_CPU,), "data": (resource.RLIMIT_DATA,), "stack": (resource.RLIMIT_STACK,)})
def _(which):
    resource.prlimit(victim(), which, (1, 1))


@attempt("limit.read")
def _():
    resource.prlimit(victim(), resource.RLIMIT_NOFILE)


@each("starve", {
    "nice": (lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),), "nice_user": (lambda pid: os.setpriority(os.PRIO_USER, 0, 19),), "idle": (lambda pid: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)),),
    "batch": (lambda pid: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)),), "affinity": (lambda pid: os.sched_setaffinity(pid, {0}),),
    "parameters": (lambda pid: os.sched_setparam(pid, os.sched_param(0)),), "input_output": (lambda pid: call(251, 1, pid, 3 << 13),), "input_output_user": (lambda pid: call(251, 3, 0, 3 << 13),),
    "attributes": (lambda pid: call(314, pid, (ctypes.c_uint * 16)(48, 5), 0),)})
def _(starve):
    starve(victim())


@attempt("starve.thread")
def _():
    """One of those that watch: they are there before the agent. What relays its requests is born later, and is its own to slow down."""
    threads = sorted(map(int, os.listdir(f"/proc/{victim()}/task")))
    os.setpriority(os.PRIO_PROCESS, threads[1] if len(threads) > 1 else threads[0], 19)


@attempt("core_scheduling", kernel=True)
def _():
    call(157, 62, 1, victim(), 0, 0)
