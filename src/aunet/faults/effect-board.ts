/** The effects that are on at the moment, and one answer where several of them have something to say. */
import { EventEmitter } from 'node:events';
import type { Coverage } from '../../modem/dce/radio.ts';
import type { SynVerdict } from '../../net/tcp-host.ts';
import type { HostCertificate } from '../certificates/host-certificate.ts';
import type {
  CallUnderWay,
  ContentFate,
  Effect,
  FetchFate,
  FetchMoment,
  LineName,
  MailConnection,
  MailFate,
  MailMoment,
  NameFate,
  PppFate,
  PppSession,
  SynTarget,
} from './effects.ts';

export class EffectBoard extends EventEmitter<{ coverage: [] }> {
  #effects: readonly Effect[] = [];
  /** Asked for every packet: nothing may be looked for while there is nothing. */
  touchesPackets = false;

  constructor() {
    super();
    // Every module on the air listens: a fleet of them is no leak.
    this.setMaxListeners(0);
  }

  /** @returns takes the effect off again */
  put(effect: Effect): () => void {
    this.#set([...this.#effects, effect], effect);
    return () =>
      this.#set(
        this.#effects.filter((other) => other !== effect),
        effect,
      );
  }

  coverage(heard: Coverage, line: LineName): Coverage {
    return this.#effects.reduce((coverage, effect) => effect.coverage?.(coverage, line) ?? coverage, heard);
  }

  registrationMs(line: LineName): number {
    return this.#effects.reduce((sum, effect) => sum + (effect.registrationMs?.(line) ?? 0), 0);
  }

  dial(line: LineName): ReturnType<NonNullable<Effect['dial']>> {
    return this.#first((effect) => effect.dial?.(line));
  }

  call(call: CallUnderWay): void {
    for (const effect of this.#effects) {
      effect.call?.(call);
    }
  }

  ppp(line: LineName): PppFate | undefined {
    return this.#first((effect) => effect.ppp?.(line));
  }

  session(session: PppSession): void {
    for (const effect of this.#effects) {
      effect.session?.(session);
    }
  }

  packet(direction: 'up' | 'down', line: LineName): number | 'lost' {
    let delay = 0;
    for (const effect of this.#effects) {
      const fate = effect.packet?.(direction, line) ?? 0;
      if (fate === 'lost') {
        return 'lost';
      }
      delay += fate;
    }
    return delay;
  }

  syn(target: SynTarget): SynVerdict | undefined {
    return this.#first((effect) => effect.syn?.(target));
  }

  /** Whether anything may want to see SYNs. */
  get isQuiet(): boolean {
    return this.#effects.length === 0;
  }

  lookup(name: string, line: LineName): NameFate | undefined {
    return this.#first((effect) => effect.lookup?.(name, line));
  }

  certificate(connection: MailConnection): HostCertificate | undefined {
    return this.#first((effect) => effect.certificate?.(connection));
  }

  hidesStartTls(connection: MailConnection): boolean {
    return this.#first((effect) => effect.hidesStartTls?.(connection) || undefined) ?? false;
  }

  mail(moment: MailMoment): MailFate | undefined {
    return this.#first((effect) => effect.mail?.(moment));
  }

  fetch(moment: FetchMoment): FetchFate | undefined {
    return this.#first((effect) => effect.fetch?.(moment));
  }

  content(connection: MailConnection): ContentFate | undefined {
    return this.#first((effect) => effect.content?.(connection));
  }

  /** The first that has something to say: who comes behind it has not seen the occasion. */
  #first<Answer>(ask: (effect: Effect) => Answer | undefined): Answer | undefined {
    for (const effect of this.#effects) {
      const answer = ask(effect);
      if (answer !== undefined) {
        return answer;
      }
    }
    return undefined;
  }

  #set(effects: readonly Effect[], changed: Effect): void {
    this.#effects = effects;
    this.touchesPackets = effects.some(({ packet }) => packet !== undefined);
    if (changed.coverage !== undefined) {
      this.emit('coverage');
    }
  }
}
