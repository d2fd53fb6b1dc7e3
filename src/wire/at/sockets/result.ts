/**
 * Result numbers of the socket commands of the `AT+QIOPEN` family, as +QIOPEN, +QIURC and +QIGETERROR tell them
 * (Quectel, TCP(IP) AT Commands Manual and TCP/IP Application Note, summary of result codes).
 */
export const SOCKET_RESULTS = {
  0: 'operate successfully',
  550: 'unknown error',
  551: 'operation blocked',
  552: 'invalid parameters',
  553: 'memory not enough',
  554: 'create socket failed',
  555: 'operation not supported',
  556: 'socket bind failed',
  557: 'socket listen failed',
  558: 'socket write failed',
  559: 'socket read failed',
  560: 'socket accept failed',
  561: 'open PDP context failed',
  562: 'close PDP context failed',
  563: 'socket identity has been used',
  564: 'DNS busy',
  565: 'DNS parse failed',
  566: 'socket connect failed',
  567: 'socket has been closed',
  568: 'operation busy',
  569: 'operation timeout',
  570: 'PDP context broken down',
  571: 'cancel send',
  572: 'operation not allowed',
  573: 'APN not configured',
  574: 'port busy',
} as const;

export type SocketResult = keyof typeof SOCKET_RESULTS;

/** `566 socket connect failed`; a number that nobody knows stands alone. */
export function describeResult(result: number): string {
  const texts: Readonly<Record<number, string>> = SOCKET_RESULTS;
  const text = texts[result];
  return text === undefined ? String(result) : `${result} ${text}`;
}
