/** A capture as tshark reads it, with every checksum checked. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './programs.ts';

const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);

const fields = {
  /** `0`: sent by the device. */
  direction: 'ppp.direction',
  protocols: 'frame.protocols',
  interface: 'frame.interface_name',
  /** In hexadecimal: 0x00600000 a warning, 0x00800000 an error; notes and chats are below. */
  severity: '_ws.expert.severity',
  complaint: '_ws.expert.message',
  ipChecksum: 'ip.checksum.status',
  tcpChecksum: 'tcp.checksum.status',
  udpChecksum: 'udp.checksum.status',
  lcp: 'ppp.code',
  pap: 'pap.code',
  papUser: 'pap.peer_id',
  chap: 'chap.code',
  tcpFlags: 'tcp.flags',
  tcpPort: 'tcp.dstport',
  tcpFlow: 'tcp.analysis.flags',
  tcpDelta: 'tcp.time_delta',
  retransmission: 'tcp.analysis.retransmission',
  duplicate: 'tcp.analysis.duplicate_ack',
  lost: 'tcp.analysis.lost_segment',
  outOfOrder: 'tcp.analysis.out_of_order',
  command: 'smtp.command_line',
  reply: 'smtp.response.code',
  serverName: 'tls.handshake.extensions_server_name',
  tlsData: 'tls.app_data',
} as const;

/** What tshark says of one frame; empty where it says nothing, several values with `|` between. */
export type Frame = Readonly<Record<keyof typeof fields, string>>;

export const SEVERITY_WARNING = 0x0060_0000;

export function framesOf(capture: string): Frame[] {
  const wanted = Object.values(fields).flatMap((field) => ['-e', field]);
  const form = ['-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|'];
  const names = Object.keys(fields);
  return run('tshark', ['-n', '-r', capture, ...checks, ...form, ...wanted])
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const values = line.split('\t');
      return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) as Frame;
    });
}

/** Whether the frame carries that protocol. */
export const has = (frame: Frame, protocol: string): boolean => frame.protocols.split(':').includes(protocol);

/** What is worth a warning or an error to tshark. */
export const complaintsOf = (frames: readonly Frame[]): string[] =>
  frames
    .filter(({ severity }) => severity.split('|').some((one) => Number(one) >= SEVERITY_WARNING))
    .map(({ complaint }) => complaint);

/** The values of one field in order, those of several in one frame apart. */
export const valuesOf = (frames: readonly Frame[], field: keyof Frame): string[] =>
  frames.flatMap((frame) => (frame[field] === '' ? [] : frame[field].split('|')));

/** The mails that tshark puts together from the segments. */
export function mailsIn(capture: string): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-tshark-'));
  try {
    run('tshark', ['-n', '-q', '-r', capture, ...checks, '--export-objects', `imf,${folder}`]);
    return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines of text of a capture (AT commands), in order. */
export const textLinesOf = (capture: string): string[] =>
  run('tshark', ['-n', '-r', capture, '-Y', 'data-text-lines', '-T', 'fields', '-e', 'text'])
    .toString()
    .split('\n')
    .map((line) => line.replace(/\\[rn]/g, ''));
