/** A small POP3 client: one command at a time, over any stream, TLS on request. */
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { emulatedAuthorityPem } from '../../../src/aunet/certificates/authority.ts';
import { handOver } from '../../../src/base/virtual-time.ts';

export class Pop3Client {
  #stream: Duplex;
  #heard = '';
  #wake: () => void = () => {};
  hasEnded = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#listen(stream);
  }

  /** What the server has said that nobody has asked for yet. */
  get unread(): string {
    return this.#heard;
  }

  /** Goes without a word. */
  leave(): void {
    handOver();
    this.#stream.destroy();
  }

  /** @param body whether the reply, if it is a good one, is a multi-line one */
  async ask(command: string, body: 'body' | 'line' = 'line'): Promise<string> {
    this.say(command);
    return await this.reply(body);
  }

  say(command: string): void {
    handOver();
    this.#stream.write(`${command}\r\n`, 'latin1');
  }

  /** Rejects where the server ends instead. */
  async reply(body: 'body' | 'line' = 'line'): Promise<string> {
    for (;;) {
      const isLong = body === 'body' && !this.#heard.startsWith('-');
      const [reply] = (isLong ? /^[\s\S]*?\r\n\.\r\n/ : /^[\s\S]*?\r\n/).exec(this.#heard) ?? [];
      if (reply !== undefined) {
        this.#heard = this.#heard.slice(reply.length);
        return reply;
      }
      if (this.hasEnded) {
        throw new Error(`The server has ended after ${JSON.stringify(this.#heard)}.`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async secure(servername: string): Promise<void> {
    const socket = this.#stream;
    socket.removeAllListeners('data');
    socket.removeAllListeners('end');
    const tls = connect({ socket, servername, ca: emulatedAuthorityPem });
    await new Promise<void>((resolve, reject) => {
      tls.once('secureConnect', resolve);
      tls.once('error', reject);
    });
    this.#stream = tls;
    this.#listen(tls);
  }

  #listen(stream: Duplex): void {
    stream.on('data', (octets: Buffer) => {
      this.#heard += octets.toString('latin1');
      this.#wake();
    });
    stream.on('error', () => {});
    for (const event of ['end', 'close']) {
      stream.on(event, () => {
        this.hasEnded = true;
        this.#wake();
      });
    }
  }
}
