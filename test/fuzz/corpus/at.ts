/** Dialogues between DTE and module, both directions. */
import { readFileSync } from 'node:fs';
import { latin1 } from '../target.ts';

interface AtVector {
  readonly direction: string;
  readonly chunks: readonly unknown[];
}

const isVector = (value: unknown): value is AtVector =>
  typeof value === 'object' && value !== null && 'direction' in value && 'chunks' in value;

const file: unknown = JSON.parse(readFileSync('fixtures/vectors/at.json', 'utf8'));

/** The octets of each vector of one direction. */
function octetsOf(direction: string): Uint8Array[] {
  const vectors = Array.isArray(file) ? file.filter(isVector) : [];
  return vectors
    .filter((vector) => vector.direction === direction)
    .map(({ chunks }) => latin1(chunks.filter((chunk) => typeof chunk === 'string').join('')))
    .filter(({ length }) => length > 0);
}

/** What modules send. */
export const responses: readonly Uint8Array[] = [
  ...octetsOf('dte'),
  latin1('AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n'),
  latin1('\r\nCONNECT 115200\r\n~\xff}#\xc0!}!}!} }4\r\nNO CARRIER\r\n'),
  latin1('\r\n+CMT: "+8190","x","08/09/30,12:00:00+36"\r\ntext\r\n'),
  latin1('\r\n+CPBR: 1,"090","129","a\r\nb"\r\n\r\nOK\r\n'),
  latin1('0\r3\r+CREG: 1\r\n4\r'),
];

/** What DTEs send. */
export const commandLines: readonly Uint8Array[] = [
  ...octetsOf('dce'),
  latin1('ATE0V1Q0S0=0X4&C1&D2\rAT+CGMI;+CGMM;+CGMR\rA/'),
  latin1('AT+CGDCONT=1,"IP","au.NET"\rATD*99***1#\r'),
  latin1('AT+CMGS="09012345678"\rtext\x1aAT+CREG?\rATDT5551234\r'),
  latin1('ATS3=30\rAT\x1eAT+IPR=9600\x1eATZ\x1e'),
  latin1('ATD5551234\r~\xff}#\xc0!+++ATO\rATH\r'),
];

export const words: readonly string[] = [
  'OK',
  'ERROR',
  'CONNECT 9600',
  'NO CARRIER',
  '\r\nNO CARRIER\r\n',
  '\r\nOK\r\n',
  'RING',
  'BUSY',
  '> ',
  '+CME ERROR: 10',
  '+CMS ERROR: 500',
  '+CREG: ',
  '"',
  '\\',
  '\r',
  '\n',
  '\r\n',
  '\x08',
  '\x11',
  '\x13',
  '\x1a',
  '\x1b',
  'AT',
  'at',
  'A/',
  '+++',
  'ATD5551234\r',
  'ATO\r',
  'ATH\r',
  'AT+CFUN=0\r',
  'AT+CFUN=1\r',
  'ATZ\r',
  'AT&F\r',
  'AT&W\r',
  'ATV0\r',
  'ATE1\r',
  'ATS3=',
  'ATS5=',
  ';',
  '=',
  '?',
  '=?',
  ',',
  '99999999999',
  'RDY\r\n',
  '^SYSSTART',
  '+CMGS=1\r',
  'AT+CMGF=1\r',
  '\x00',
  '~\xff}#\xc0!',
];
