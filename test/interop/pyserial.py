"""What pySerial makes of an RFC 2217 port: one JSON document on stdout. Usage: pyserial.py HOST:PORT"""
import json
import sys
import time

import serial

everything = bytes(range(256))
port = serial.serial_for_url("rfc2217://" + sys.argv[1], baudrate=115200, timeout=5)
seen = {"atOpen": {"cd": port.cd, "dsr": port.dsr, "cts": port.cts, "ri": port.ri}}
port.write(everything)
seen["echo"] = port.read(256) == everything
port.dtr = False
port.dtr = True
port.write(b"carrier")
port.read(7)
time.sleep(0.2)
seen["withCarrier"] = {"cd": port.cd}
port.baudrate = 9600
port.write(b"AT")
seen["atWrongRate"] = port.read(2).hex()
port.close()
print(json.dumps(seen))
