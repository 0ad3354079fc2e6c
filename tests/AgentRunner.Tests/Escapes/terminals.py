"""Typing into a terminal, on one that the attempt made for itself."""
import fcntl
import os
import struct
import termios

from attempts import attempt, call


def terminal():
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    return master, slave


@attempt("terminal.type", kernel=True)
def _():
    _, slave = terminal()
    fcntl.ioctl(slave, termios.TIOCSTI, b"x")


@attempt("terminal.type_wide", kernel=True)
def _():
    """The kernel looks at the low half of the command only."""
    _, slave = terminal()
    call(16, slave, (1 << 32) | termios.TIOCSTI, b"x")


@attempt("terminal.discipline")
def _():
    _, slave = terminal()
    fcntl.ioctl(slave, termios.TIOCSETD, struct.pack("=i", 0))
