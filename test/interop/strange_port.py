#!/usr/bin/env python3
"""
Something at a pty that is no module, or a pty that cannot be opened.

  strange_port.py LINK KIND [MODE]

KIND: nmea, echo, binary, garbled (as at another bit rate), silent, exclusive (TIOCEXCL is set), locked (by flock), or
unplugged (answers AT, and is gone a second after the first command). MODE: of the device, octal.
"""
import fcntl
import os
import select
import sys
import termios
import time
import tty

link, kind, *mode = sys.argv[1:]
master, slave = os.openpty()
tty.setraw(slave)
if mode:
    os.chmod(os.ttyname(slave), int(mode[0], 8))
if kind == 'exclusive':
    fcntl.ioctl(slave, termios.TIOCEXCL)
if kind == 'locked':
    fcntl.flock(slave, fcntl.LOCK_EX)
os.symlink(os.ttyname(slave), link)

talk = {
    'nmea': (1.0, b'$GPGGA,092750.000,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,*76\r\n'),
    'binary': (0.1, bytes(range(128, 256, 3)) + b'\x00\x01\x02'),
}
pause, text = talk.get(kind, (3600.0, b''))
said_at, heard_at = 0.0, None
while True:
    now = time.monotonic()
    if kind == 'unplugged' and heard_at is not None and now > heard_at + 1:
        sys.exit(0)
    if now > said_at + pause:
        os.write(master, text)
        said_at = now
    if not select.select([master], [], [], 0.05)[0]:
        continue
    octets = os.read(master, 4096)
    heard_at = heard_at or now
    answers = {'echo': octets, 'garbled': bytes(octet | 0x80 for octet in b'\r\nOK\r\n'), 'unplugged': b'\r\nOK\r\n'}
    os.write(master, answers.get(kind, b''))
