/**
 * Finds secrets in the octets of a line and masks them in place, octet by octet, so that lengths and times stay: passwords
 * of AT commands, PAP and CHAP, SMTP AUTH in clear, numbers of phones and cards, and words that the caller knows.
 */

/** What a secret may be cut by: a chunk is kept until the line or frame that it belongs to is whole. */
const LONGEST_WAIT_BYTES = 4096;
const STAR = 0x2a;
const FLAG = 0x7e;
const ESCAPE = 0x7d;
/** A shorter word would mask half of everything. */
const SHORTEST_SECRET = 3;

type Side = 'dte' | 'dce';

interface Open {
  /** Whole chunks, the last line or frame of which has not ended. */
  chunks: Uint8Array[];
  length: number;
  /** After AUTH in clear: what follows is the answer to a challenge. */
  isSigningIn: boolean;
}

export class Redaction {
  readonly #words: readonly string[];
  readonly #open: Record<Side, Open> = {
    dte: { chunks: [], length: 0, isSigningIn: false },
    dce: { chunks: [], length: 0, isSigningIn: false },
  };

  /** @param secrets as they are; their Base64 is looked for too */
  constructor(secrets: readonly string[]) {
    const long = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
    this.#words = [...new Set(long.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]))];
  }

  /** Looks at what came; masks in it, and in what came before of the same line. */
  push(side: Side, bytes: Uint8Array): void {
    const open = this.#open[side];
    open.chunks.push(bytes);
    open.length += bytes.length;
    this.#mask(open, side);
    const last = bytes.at(-1);
    if (last === 0x0d || last === 0x0a || last === FLAG || open.length > LONGEST_WAIT_BYTES) {
      this.#close(open);
    }
  }

  /** Whether more octets may show that something in these is a secret. */
  isPending(bytes: Uint8Array): boolean {
    return this.#open.dte.chunks.includes(bytes) || this.#open.dce.chunks.includes(bytes);
  }

  /** Nothing more belongs to what is open. */
  settle(): void {
    this.#close(this.#open.dte);
    this.#close(this.#open.dce);
  }

  #close(open: Open): void {
    open.chunks = [];
    open.length = 0;
  }

  #mask(open: Open, side: Side): void {
    const whole = Buffer.concat(open.chunks);
    const text = whole.toString('latin1');
    for (const [from, to] of [
      ...this.#knownWords(text),
      ...commandSecrets(text),
      ...(side === 'dte' ? signIn(text, open) : cardNumbers(text)),
      ...pppSecrets(whole),
    ]) {
      cover(open.chunks, whole, from, to);
    }
  }

  *#knownWords(text: string): Generator<readonly [number, number]> {
    for (const word of this.#words) {
      for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
        yield [at, at + word.length];
      }
    }
  }
}

/** 27.007 and V.250 commands, echoed or sent: from the first value that may be secret to the end of the line. */
function* commandSecrets(text: string): Generator<readonly [number, number]> {
  const patterns = [
    /\+CGAUTH=\s*\d+\s*,\s*\d+\s*,([^\r\n]+)/dgi,
    // Sockets inside the module: context, type and name of the network stay, user and password do not.
    /\+QICSGP=\s*\d+\s*,\s*\d+\s*,\s*"[^"\r\n]*"\s*,([^\r\n]+)/dgi,
    /\+(?:CPIN|CPWD|CLCK|CUSD|CCALLID)=([^\r\n]+)/dgi,
    // Numbers of people: a packet number has a star or a number sign, and fewer digits.
    /AT[^\r\n]*D[TP]?\+?(\d{7,})/dgi,
    /\+CMGS=([^\r\n]+)/dgi,
  ];
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const range = match.indices?.[1];
      if (range !== undefined) {
        yield range;
      }
    }
  }
}

/** IMSI, IMEI and ICCID: 14 to 20 digits; +CNUM and +CLIP tell phone numbers. */
function* cardNumbers(text: string): Generator<readonly [number, number]> {
  for (const match of text.matchAll(/(?<!\d)\d{14,20}(?!\d)/dg)) {
    const [range] = match.indices ?? [];
    if (range !== undefined) {
      yield range;
    }
  }
  for (const match of text.matchAll(/\+(?:CNUM|CLIP|CMT):([^\r\n]+)/dg)) {
    const range = match.indices?.[1];
    if (range !== undefined) {
      yield range;
    }
  }
}

/** RFC 4954 in clear, wherever in a segment it stands: the initial response, and lines of Base64 until MAIL. */
function* signIn(text: string, open: Open): Generator<readonly [number, number]> {
  for (const match of text.matchAll(/AUTH (?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2)(?: ([A-Za-z0-9+/=]+))?\r/dgi)) {
    open.isSigningIn = true;
    const range = match.indices?.[1];
    if (range !== undefined) {
      yield range;
    }
  }
  if (open.isSigningIn) {
    for (const match of text.matchAll(/([A-Za-z0-9+/]{8,}={0,2})\r\n/dg)) {
      const range = match.indices?.[1];
      if (range !== undefined && !/(?:^|[^A-Za-z])AUTH $/.test(text.slice(0, range[0]))) {
        yield range;
      }
    }
    open.isSigningIn = !/MAIL FROM:/i.test(text);
  }
}

/** PAP requests (RFC 1334: user and password) and CHAP responses (RFC 1994), in their HDLC frames. */
function* pppSecrets(octets: Uint8Array): Generator<readonly [number, number]> {
  for (let at = 0; at < octets.length - 4; at += 1) {
    const isPap = octets[at] === 0xc0 && octets[at + 1] === 0x23;
    const isChap = octets[at] === 0xc2 && octets[at + 1] === 0x23;
    if (!isPap && !isChap) {
      continue;
    }
    // Code 1 is PAP's request, code 2 CHAP's response; small codes are escaped while the map asks for it.
    const isEscaped = octets[at + 2] === ESCAPE;
    const code = isEscaped ? (octets[at + 3] ?? 0) ^ 0x20 : octets[at + 2];
    if (code === (isPap ? 1 : 2)) {
      const end = octets.indexOf(FLAG, at + 3);
      yield [at + (isEscaped ? 4 : 3), end === -1 ? octets.length : end];
    }
  }
}

/** Puts stars over a range of what the chunks hold together; escapes of the framing stay. */
function cover(chunks: readonly Uint8Array[], whole: Uint8Array, from: number, to: number): void {
  let begin = 0;
  for (const chunk of chunks) {
    const first = Math.max(0, from - begin);
    const last = Math.min(chunk.length, to - begin);
    for (let index = first; index < last; index += 1) {
      const octet = whole[begin + index];
      const before = whole[begin + index - 1];
      if (octet !== ESCAPE && before !== ESCAPE && octet !== 0x0d && octet !== 0x0a) {
        chunk[index] = STAR;
      }
    }
    begin += chunk.length;
  }
}
