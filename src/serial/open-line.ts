/** From the name that a user gives to a real line: `/dev/ttyUSB0`, `tcp:127.0.0.1:4000`, or `unix:/tmp/modem`. */
import { LineError } from './line-error.ts';
import { openPortLine } from './port-line.ts';
import type { DteLine } from './serial-line.ts';
import { openTcpLine, openUnixLine } from './tcp-line.ts';

export async function openLine(name: string, baudRate: number): Promise<DteLine> {
  if (name.startsWith('unix:')) {
    return openUnixLine(name.slice('unix:'.length), baudRate);
  }
  if (!name.startsWith('tcp:')) {
    return openPortLine(name, baudRate);
  }
  const endpoint = /^tcp:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/.exec(name)?.groups;
  const host = endpoint?.v6 ?? endpoint?.host;
  const port = Number(endpoint?.port);
  if (host === undefined || port > 65_535) {
    throw new LineError(
      'LINE_BAD_NAME',
      `"${name}" is not a line: expected tcp:HOST:PORT, such as tcp:127.0.0.1:4000.`,
    );
  }
  return openTcpLine(host, port, baudRate);
}
