import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { octetsOf, parseRecording, type Recording } from '../../src/config/recording.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { recordedDte } from '../../src/serial/recorded-line.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function recorded(
  dialogue: readonly (readonly ['dte' | 'dce', Uint8Array])[],
  secrets?: readonly string[],
): Promise<{ recording: Recording; text: string }> {
  const { dte, dce } = createMemoryLine();
  let text = '';
  const line = recordedDte(dte, {
    port: 'memory',
    startedAt: '2023-06-01T09:00:00+09:00',
    write: (event) => {
      expect(event).toMatch(/^\{.*\}\n$/);
      text += event;
    },
    ...(secrets === undefined ? {} : { redact: { secrets } }),
  });
  for (const [from, bytes] of dialogue) {
    (from === 'dte' ? line : dce).write(bytes);
    await turn();
  }
  await line.close();
  const recording = parseRecording(text);
  if ('text' in recording) {
    throw new Error(`line ${recording.line}: ${recording.text}`);
  }
  return { recording, text };
}

const side = ({ events }: Recording, from: 'dte' | 'dce') =>
  Buffer.concat(events.filter((event) => 'from' in event && event.from === from).map(octetsOf));

const ascii = (text: string) => Buffer.from(text, 'latin1');

describe('a recorded line', () => {
  it('keeps every octet of both directions, whatever they are', async () => {
    const chunk = fc.tuple(
      fc.constantFrom('dte' as const, 'dce' as const),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (dialogue) => {
        const { recording } = await recorded(dialogue);
        for (const from of ['dte', 'dce'] as const) {
          const sent = Buffer.concat(dialogue.filter(([one]) => one === from).map(([, bytes]) => bytes));
          expect(side(recording, from)).toEqual(sent);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps signals, bit rates and the end', async () => {
    const { text } = await recorded([['dte', ascii('AT\r')]]);
    expect(text).toContain('"dcd":false');
    expect(text).toContain('"text":"AT\\r"');
    expect(text).toContain('"closed"');
  });

  it('masks what is secret, octet by octet, also when it comes in pieces', async () => {
    const secrets = ['tomato-soup'];
    const { recording, text } = await recorded(
      [
        ['dte', ascii('AT+CGAUTH=1,2,"user","hid')],
        ['dte', ascii('den"\r')],
        ['dte', ascii('xx tomato')],
        ['dte', ascii('-soup yy\r')],
        ['dte', ascii('ATD0901234567\r')],
        ['dte', ascii('ATD*99***1#\r')],
        ['dce', ascii('\r\n440500000000021\r\n')],
        ['dte', ascii('AUTH PLAIN AGEAc2VjcmV0\r\n')],
        [
          'dte',
          Uint8Array.from([0x7e, 0xff, 3, 0xc0, 0x23, 1, 1, 0, 10, 2, 0x61, 0x75, 2, 0x70, 0x77, 9, 9, 0x7e]),
        ],
      ],
      secrets,
    );
    for (const secret of [
      'hidden',
      'tomato',
      'soup',
      '0901234567',
      '440500000000021',
      'AGEAc2VjcmV0',
      '61750270',
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('*99***1#');
    expect(text).toContain('"isRedacted":true');
    expect(side(recording, 'dte')).toHaveLength(
      ascii(
        'AT+CGAUTH=1,2,"user","hidden"\rxx tomato-soup yy\rATD0901234567\rATD*99***1#\rAUTH PLAIN AGEAc2VjcmV0\r\n',
      ).length + 18,
    );
  });

  it('is no recording: says which line', () => {
    expect(parseRecording('')).toMatchObject({ line: 1 });
    const header =
      '{"schema":"kadec21/recording/1","startedAt":"x","port":"p","baudRate":9600,"isRedacted":false}';
    expect(parseRecording(`${header}\n{"at":1}\n`)).toMatchObject({ line: 2 });
  });
});
