#!/usr/bin/env python3
"""
A small mobile module at a pty, for tests of the bench: AT commands after V.250 and 3GPP TS 27.007 in the manners of
three makes, written without a look at the emulated module of this project. In data state it hands the octets to a PPP
server of others, whose command line it is given; of PPP it knows nothing.

  foreign_module.py LINK MAKE STATE PPP-SERVER [ARGUMENT...]

MAKE: basalt, cedar or willow. STATE: good, sim-pin, no-sim, no-signal, denied, busy or no-carrier.
"""
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import tty

GUARD = 1.0  # V.250 S12: silence before and after +++.
JAPAN = 9 * 3600


class Make:
    """What makes differ in, as their manuals and users tell."""

    maker, model, revision = 'Basalt Wireless Ltd.', 'BW-95J', 'BW95JAR02A07M4G'
    imei = '356938035643809'
    capabilities = '+GCAP: +CGSM,+FCLASS,+DS'
    banner = ['RDY', '+CFUN: 1', '+CPIN: READY', '+QUSIM: 1', '+QIND: SMS DONE', '+QIND: PB DONE']
    information = ['Basalt Wireless Ltd.', 'BW-95J', 'Revision: BW95JAR02A07M4G', '', 'IMEI: 356938035643809']
    space = ' '
    connect = 'CONNECT 150000000'
    unknown = ('ERROR', '+CME ERROR: 58', '+CME ERROR: unknown')
    urcs = ['+QIND: "csq",18,99', '+CTZV: +36,0']
    delay = 0.01
    slow = {'+COPS?': 0.8}
    operator = '"KDDI","KDDI",7'
    prefixed_identity = False
    clock_zone = '+36'


class Cedar(Make):
    """No blank behind the colon, quotes round the identity, a report of the signal in the middle of everything."""

    maker, model, revision = 'cedar telecommunication', 'CT909u-571', '11.617.03.00.07'
    imei = '861311009999994'
    capabilities = '+GCAP:+CGSM,+DS,+ES'
    banner = ['^SYSSTART', '^SIMST:1']
    information = ['Manufacturer: cedar telecommunication', 'Model: CT909u-571', 'Revision: 11.617.03.00.07']
    information += ['IMEI: 861311009999994', '+GCAP: +CGSM,+DS,+ES']
    space = ''
    connect = 'CONNECT'
    unknown = ('COMMAND NOT SUPPORT',) * 3
    urcs = ['^RSSI:18', '^HCSQ:"LTE",45,40,121,18', '^MODE:17,1']
    operator = '"44051","44051",7'
    clock_zone = ''


class Willow(Make):
    """In no hurry, and its identity comes with the command's name."""

    maker, model, revision = '"Willow"', '"WL-LTE-M 4"', '"M0B.600011"'
    imei = '352753090041680'
    capabilities = '+GCAP: +CLTE2'
    banner = []
    information = ['Willow', 'WL-LTE-M 4', 'A-REVISION 01.002']
    connect = 'CONNECT 115200 LAPM COMP'
    unknown = ('ERROR', '+CME ERROR: 4', '+CME ERROR: operation not supported')
    urcs = ['#NITZ: 26/11/24,04:38:35', '+CIEV: 2,3']
    delay = 0.25
    slow = {'+COPS?': 4.0, '+CSQ': 0.6, '+CPIN?': 1.5}
    operator = '"KDDI Corporation (JP)","KDDI, \\22au\\22",8'
    prefixed_identity = True


MAKES = {'basalt': Make, 'cedar': Cedar, 'willow': Willow}


class Module:
    def __init__(self, link, make, state, server):
        self.make, self.state, self.server = make, state, server
        self.master, slave = os.openpty()
        tty.setraw(slave)
        name = os.ttyname(slave)
        os.close(slave)
        os.symlink(name, link)
        self.ppp, self.ppp_socket, self.is_online = None, None, False
        self.typed, self.held, self.last_data = b'', b'', 0.0
        self.count, self.boots_at = 0, time.monotonic()
        self.reset()

    def reset(self):
        self.echo, self.quiet, self.verbose, self.level = True, False, True, 4
        self.errors, self.contexts, self.registers = 0, {}, {0: 0, 2: 43, 3: 13, 4: 10, 5: 8, 6: 2, 7: 60, 8: 2, 10: 15, 12: 50}
        self.reports, self.operator_form = {'CREG': 0, 'CGREG': 0, 'CEREG': 0}, 0
        self.service_at = time.monotonic() + 3

    # -- octets ------------------------------------------------------------------------------------------------------
    def put(self, octets):
        while octets:
            try:
                octets = octets[os.write(self.master, octets):]
            except (BlockingIOError, OSError):
                return

    def say(self, text):
        end = '%c%c' % (self.registers[3], self.registers[4])
        self.put((end + text + end if self.verbose else text + end).encode('latin1'))

    def result(self, text):
        if self.quiet:
            return
        digits = {'OK': '0', 'CONNECT': '1', 'RING': '2', 'NO CARRIER': '3', 'ERROR': '4', 'BUSY': '7', 'NO ANSWER': '8'}
        if self.verbose:
            self.say(text)
        else:
            self.put((digits.get(text, text if text[0] == '+' else '1') + '\r').encode('latin1'))

    # -- the loop ----------------------------------------------------------------------------------------------------
    def run(self):
        while True:
            watched = [self.master] + ([self.ppp_socket] if self.is_online else [])
            ready, _, _ = select.select(watched, [], [], 0.05)
            if self.ppp_socket in ready:
                octets = self.ppp_socket.recv(4096)
                if octets:
                    self.put(octets)
            if self.master in ready:
                try:
                    self.hear(os.read(self.master, 4096))
                except OSError:
                    # The last close: DTR is off, &D2.
                    self.hang_up()
                    time.sleep(0.05)
            self.look()

    def look(self):
        now = time.monotonic()
        if self.boots_at is not None and now > self.boots_at + 1.5:
            self.boots_at = None
            for line in self.make.banner:
                self.say(line)
        if self.ppp is not None and self.ppp.poll() is not None:
            self.hang_up()
            self.result('NO CARRIER')
        if self.is_online and self.held == b'+++' and now - self.last_data > GUARD:
            self.held, self.is_online = b'', False
            self.result('OK')

    def hear(self, octets):
        if self.boots_at is not None:
            return
        if self.is_online:
            now = time.monotonic()
            is_escape = (self.held == b'' and now - self.last_data > GUARD) or self.held in (b'+', b'++')
            self.last_data = now
            if is_escape and b'+++'.startswith(self.held + octets):
                self.held += octets
            else:
                self.ppp_socket.sendall(self.held + octets)
                self.held = b''
            return
        for octet in octets:
            if self.echo:
                self.put(bytes([octet]))
            if octet == self.registers[3]:
                line, self.typed = self.typed.decode('latin1'), b''
                self.obey(line.strip())
            elif octet == self.registers[5]:
                self.typed = self.typed[:-1]
            elif octet != 10:
                self.typed = (self.typed + bytes([octet]))[-500:]

    # -- commands ----------------------------------------------------------------------------------------------------
    def obey(self, line):
        start = re.search('at', line, re.I)
        if not start:
            return
        rest = line[start.end():]
        self.count += 1
        if self.count % 7 == 3:
            self.say(self.make.urcs[self.count % len(self.make.urcs)])
        time.sleep(self.make.delay)
        while rest:
            command = re.match(r'(D.*|[+^#$*%][^;"]*(?:"[^"]*"[^;"]*)*|&?[A-Z]\d*(?:[=?]\d*)?);?', rest, re.I)
            if not command:
                self.result('ERROR')
                return
            rest = rest[command.end():]
            final = self.command(command.group(1).strip())
            if final != 'OK':
                if final:
                    self.result(final)
                return
        if self.count % 11 == 5:
            self.say(self.make.urcs[self.count % len(self.make.urcs)])
        self.result('OK')

    def refusal(self, number=None, text=None):
        if number is None:
            return self.make.unknown[self.errors]
        return ('ERROR', '+CME ERROR: %d' % number, '+CME ERROR: %s' % text)[self.errors]

    def command(self, command):
        if command[0] in '+^#$*%':
            name = command.upper() if '"' not in command else command.split('=')[0].upper() + '=' + command.split('=', 1)[1]
            time.sleep(self.make.slow.get(name, 0))
            return self.extended(name)
        letter = command[:2].upper() if command[0] == '&' else command[0].upper()
        value = command[len(letter):]
        number = int(value) if value.isdigit() else 0
        if letter == 'D':
            return self.dial(command[1:])
        if letter == 'E':
            self.echo = number == 1
        elif letter == 'Q':
            self.quiet = number == 1
        elif letter == 'V':
            self.verbose = number == 1
        elif letter == 'X':
            self.level = number
        elif letter == 'I':
            for line in self.make.information:
                self.say(line)
        elif letter == 'S':
            register, _, wanted = value.partition('=')
            if register.endswith('?'):
                self.say('%03d' % self.registers.get(int(register[:-1]), 0))
            else:
                self.registers[int(register)] = int(wanted or 0)
        elif letter == 'H':
            self.hang_up()
        elif letter == 'O':
            if self.ppp is None:
                return 'NO CARRIER'
            return self.go_online()
        elif letter in ('Z', '&F'):
            service_at = self.service_at
            self.hang_up()
            contexts = self.contexts
            self.reset()
            self.contexts, self.service_at = contexts, service_at
        elif letter not in ('&C', '&D', '&K', '&S', '&W', 'L', 'M', 'P', 'T'):
            return self.refusal()
        return 'OK'

    def extended(self, command):
        make, sp = self.make, self.make.space
        name, ask = re.match(r'(.[A-Z]+)(.*)$', command, re.S).groups()
        answer = None
        has_service = time.monotonic() > self.service_at and self.state not in ('denied', 'no-signal')
        if name in ('+CGMI', '+GMI', '+CGMM', '+GMM', '+CGMR', '+GMR', '+CGSN', '+GSN') and ask in ('', '=?'):
            kind = name[-1] if name[-2:] != 'SN' else 'N'
            text = {'I': make.maker, 'M': make.model, 'R': make.revision, 'N': make.imei}[kind]
            answer = None if ask else ('%s: %s' % (name, text) if make.prefixed_identity else text)
        elif name == '+GCAP':
            answer = make.capabilities
        elif name == '+CMEE' and ask[:1] == '=':
            self.errors = int(ask[1:]) if ask[1:] in ('0', '1', '2') else self.errors
        elif name == '+CFUN':
            if ask == '?':
                answer = '+CFUN:' + sp + '1'
            elif ask == '=1,1':
                self.result('OK')
                self.hang_up()
                self.reset()
                self.boots_at = time.monotonic()
                return ''
        elif name == '+CPIN' and ask == '?':
            if self.state == 'no-sim':
                return self.refusal(10, 'SIM not inserted')
            answer = '+CPIN:' + sp + ('SIM PIN' if self.state == 'sim-pin' else 'READY')
        elif name == '+CSQ' and ask == '':
            answer = '+CSQ:' + sp + ('99,99' if self.state == 'no-signal' else '18,99')
        elif name == '+CESQ' and ask == '':
            answer = '+CESQ:' + sp + '99,99,255,255,20,45'
        elif name[1:] in self.reports:
            if ask == '?':
                level = self.reports[name[1:]]
                state = 1 if has_service else 3 if self.state == 'denied' else 2
                answer = '%s:%s%d,%d' % (name, sp, level, state)
                answer += ',"1A2B","03C4D5E6",7' if level == 2 and has_service else ''
            elif ask == '=?':
                answer = name + ':' + sp + '(0-2)'
            else:
                self.reports[name[1:]] = int(ask[1:2] or 0)
        elif name == '+COPS':
            if ask == '?':
                long, short, act = re.match(r'(".*?"),(".*?"),(\d)', make.operator).groups()
                form = {0: long, 1: short, 2: '"44051"'}[self.operator_form]
                answer = '+COPS:' + sp + ('0,%d,%s,%s' % (self.operator_form, form, act) if has_service else '0')
            elif ask.startswith('=3,'):
                self.operator_form = int(ask[3:4])
        elif name == '+CGATT':
            answer = '+CGATT:' + sp + '1' if ask == '?' else None
        elif name == '+CCLK' and ask == '?':
            local = time.gmtime(time.time() + JAPAN)
            answer = '+CCLK:' + sp + '"' + time.strftime('%y/%m/%d,%H:%M:%S', local) + make.clock_zone + '"'
        elif name == '+CGDCONT':
            if ask == '=?':
                answer = '+CGDCONT:' + sp + '(1-24),"IP",,,(0-2),(0-4)\r\n+CGDCONT:' + sp + '(1-24),"IPV4V6",,,(0-2),(0-4)'
            elif ask == '?':
                answer = '\r\n'.join('+CGDCONT:%s%s,"IP","%s","0.0.0.0",0,0,0,0' % (sp, cid, apn) for cid, apn in self.contexts.items()) or None
            else:
                cid, *more = ask[1:].split(',')
                self.contexts[int(cid)] = more[1].strip('"') if len(more) > 1 else ''
        elif name in ('+CGACT', '+CGAUTH', '+CTZU', '+CTZR', '+IPR', '+IFC', '+ICF', '+CMGF', '+CNMI', '+CREG'):
            pass
        elif name == '+CIMI':
            answer = '440501234567890'
        else:
            return self.refusal()
        if answer is not None:
            self.say(answer)
            if self.count % 5 == 4:
                self.say(make.urcs[self.count % len(make.urcs)])
        return 'OK'

    # -- calls -------------------------------------------------------------------------------------------------------
    def dial(self, number):
        packet = re.match(r'\*99(?:\*\*\*(\d+))?#;?$', number.strip().upper().lstrip('TP'))
        if self.state == 'busy':
            time.sleep(1)
            return 'BUSY'
        if not packet or self.state == 'no-carrier' or int(packet.group(1) or 1) not in self.contexts:
            time.sleep(1)
            return 'NO CARRIER'
        time.sleep(0.7)
        ours, theirs = socket.socketpair()
        self.ppp = subprocess.Popen(self.server, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
        theirs.close()
        self.ppp_socket = ours
        return self.go_online()

    def go_online(self):
        self.result(self.make.connect if self.level > 0 else 'CONNECT')
        self.is_online, self.held, self.last_data = True, b'', time.monotonic()
        return ''

    def hang_up(self):
        self.is_online, self.typed = False, b''
        if self.ppp is not None:
            self.ppp.kill()
            self.ppp.wait()
            self.ppp_socket.close()
            self.ppp, self.ppp_socket = None, None


def main():
    link, make, state, *server = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Module(link, MAKES[make], state, server).run()


main()
