/**
 * From the name that a user gives to a real line: `/dev/ttyUSB0`, `tcp:127.0.0.1:4000`, `rfc2217:127.0.0.1:4000`, or
 * `unix:/tmp/modem`.
 */
import { LineError } from './line-error.ts';
import { openPortLine } from './port-line.ts';
import { openRfc2217Line } from './rfc2217-line.ts';
import type { DteLine } from './serial-line.ts';
import { openTcpLine, openUnixLine } from './tcp-line.ts';

const LARGEST_PORT = 65_535;

export async function openLine(name: string, baudRate: number): Promise<DteLine> {
  if (name.startsWith('unix:')) {
    return openUnixLine(name.slice('unix:'.length), baudRate);
  }
  const kind = /^(tcp|rfc2217):/.exec(name)?.[1];
  if (kind === undefined) {
    return openPortLine(name, baudRate);
  }
  const endpoint = /^\w+:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/.exec(name)?.groups;
  const host = endpoint?.v6 ?? endpoint?.host;
  const port = Number(endpoint?.port);
  if (host === undefined || port > LARGEST_PORT) {
    throw new LineError(
      'LINE_BAD_NAME',
      `"${name}" is not a line: expected ${kind}:HOST:PORT, such as ${kind}:127.0.0.1:4000.`,
    );
  }
  return kind === 'tcp' ? openTcpLine(host, port, baudRate) : openRfc2217Line(host, port, baudRate);
}
