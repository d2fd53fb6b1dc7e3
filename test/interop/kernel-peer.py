"""Linux's own TCP as a peer: a TUN device in this network namespace, its packets on stdin and stdout, each after
its length in two octets; and servers behind it. Run by kernel-peer.ts under `unshare -n`."""
import fcntl
import hashlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
HERE, THERE = "10.77.0.2", "10.77.0.1"

tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN_NO_PI))
for command in (
    "ip link set lo up",
    f"ip addr add {HERE} peer {THERE} dev tun0",
    f"ip link set tun0 mtu {sys.argv[1]} up",
    "ip route add default dev tun0",
):
    subprocess.run(command.split(), check=True)
# RFC 5681's, whatever this machine prefers: others wait for minutes where there is loss and neither SACK nor timestamps.
with open("/proc/sys/net/ipv4/tcp_congestion_control", "w") as setting:
    setting.write("reno")


def echo(peer):
    """Sends back what comes until the peer ends, then ends too."""
    while data := peer.recv(65536):
        peer.sendall(data)


def digest(peer):
    """Reads to the end, then answers: the client has half closed."""
    hasher = hashlib.sha256()
    while data := peer.recv(65536):
        hasher.update(data)
    peer.sendall(hasher.hexdigest().encode())


def sleepy(peer):
    """Lets its window shut for three seconds, then does as digest does."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    time.sleep(3)
    digest(peer)


def send(peer):
    """Sends as many octets as asked for, and ends."""
    count = int(peer.recv(100))
    peer.sendall(bytes(index % 251 for index in range(count)))
    peer.shutdown(socket.SHUT_WR)
    peer.recv(1)


def reset(peer):
    """Cuts the connection off when something has come."""
    peer.recv(10)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def call(peer):
    """Connects to the other side as a client: sends, ends, and tells what came back."""
    port, count = map(int, peer.recv(100).split())
    try:
        with socket.create_connection((THERE, port), timeout=20) as client:
            client.sendall(b"x" * count)
            client.shutdown(socket.SHUT_WR)
            got = b""
            while data := client.recv(65536):
                got += data
            peer.sendall(b"got " + got)
    except OSError as error:
        peer.sendall(type(error).__name__.encode())


def serve(port, handler):
    listener = socket.create_server((HERE, port))

    def run(peer):
        with peer:
            try:
                handler(peer)
            except OSError:
                pass

    while True:
        peer, _ = listener.accept()
        threading.Thread(target=run, args=(peer,), daemon=True).start()


for number, handler in ((7, echo), (9, digest), (10, sleepy), (19, send), (5, reset), (6, call)):
    threading.Thread(target=serve, args=(number, handler), daemon=True).start()


def outward():
    while True:
        packet = os.read(tun, 65535)
        if packet[0] >> 4 == 4:
            sys.stdout.buffer.write(struct.pack(">H", len(packet)) + packet)
            sys.stdout.buffer.flush()


time.sleep(0.2)
sys.stderr.write("ready\n")
threading.Thread(target=outward, daemon=True).start()
while header := sys.stdin.buffer.read(2):
    os.write(tun, sys.stdin.buffer.read(struct.unpack(">H", header)[0]))
