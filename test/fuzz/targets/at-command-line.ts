/** What DTEs send, as the emulated module reads it; and the values of both directions. */
import assert from 'node:assert/strict';
import { nextCommand } from '../../../src/wire/at/command-line.ts';
import { CommandLineReader, MAX_BODY_LENGTH } from '../../../src/wire/at/command-line-reader.ts';
import { parseDialString } from '../../../src/wire/at/dial-string.ts';
import { expectationOf } from '../../../src/wire/at/expectation.ts';
import { readEquipmentError, readNumericCode, readResponseCode } from '../../../src/wire/at/response-code.ts';
import { classifyLine, isTextHeader, payloadAfter } from '../../../src/wire/at/unsolicited.ts';
import { parseInformation, parseParameters, quoteString, unquoteString } from '../../../src/wire/at/value.ts';
import { commandLines, responses, words } from '../corpus/at.ts';
import { type FuzzTarget, latin1, textOf } from '../target.ts';

const CHARACTERS = { terminator: 13, editing: 8 };
const LONGEST_LINE = 4096;
const pending = expectationOf('AT+CSQ;+CREG?');

function readBody(body: string): void {
  assert.ok(body.length <= MAX_BODY_LENGTH, `a body of ${body.length} characters`);
  let from = 0;
  for (let count = 0; ; count += 1) {
    const next = nextCommand(body, from);
    if (next.found !== 'command') {
      return;
    }
    assert.ok(next.end > from && next.end <= body.length, 'a command that takes nothing');
    assert.ok(count <= body.length);
    from = next.end;
  }
}

function readLine(line: string): void {
  expectationOf(line);
  readResponseCode(line);
  readEquipmentError(line);
  readNumericCode(line, true);
  classifyLine(line, pending);
  payloadAfter(line);
  isTextHeader(line);
  parseInformation(line);
  parseParameters(line);
  parseDialString(line);
  unquoteString(line, true);
  assert.equal(unquoteString(quoteString(line)), line);
}

function endless(name: string, piece: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(1000 / piece.length))),
    open() {
      const reader = new CommandLineReader();
      const take = (octets: Uint8Array) => {
        for (const octet of octets) {
          reader.push(octet, CHARACTERS);
        }
      };
      take(latin1('AT'));
      return take;
    },
  };
}

export const atCommandLine: FuzzTarget = {
  name: 'at-command-line',
  corpus: [...commandLines, ...responses],
  dictionary: words,
  attempt({ octets }) {
    const reader = new CommandLineReader();
    for (const octet of octets) {
      const reading = reader.push(octet, CHARACTERS);
      if (typeof reading !== 'string' && reading.line === 'body') {
        readBody(reading.body);
      }
    }
    const text = textOf(octets);
    readBody(text.slice(0, MAX_BODY_LENGTH));
    for (const line of text.split(/[\r\n]/)) {
      readLine(line.slice(0, LONGEST_LINE));
    }
  },
  endless: [endless('command line', '+CSQ;"'), endless('takings back', 'x\x08\x08')],
};
