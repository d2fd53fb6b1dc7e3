"""pySerial's RFC 2217 server in front of a TCP line: rfc2217-server.py HOST:PORT. Says its own port, serves one client."""
import select
import socket
import sys

import serial
import serial.rfc2217

line = serial.serial_for_url("socket://" + sys.argv[1], timeout=0)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Connection:
    def write(self, octets):
        client.sendall(octets)


manager = serial.rfc2217.PortManager(line, Connection())
# pySerial's own name for the socket under a socket:// port.
below = line._socket
while True:
    ready, _, _ = select.select([client, below], [], [], 1)
    manager.check_modem_lines()
    if below in ready:
        octets = below.recv(4096)
        if not octets:
            break
        client.sendall(b"".join(manager.escape(octets)))
    if client in ready:
        octets = client.recv(4096)
        if not octets:
            break
        below.sendall(b"".join(manager.filter(octets)))
