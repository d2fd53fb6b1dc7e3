/**
 * The shell around the dialogue machine: one line, one timer, and the procedures that use them, one at a
 * time. Data of a call passes through without a detour.
 */

import { DeadlineTimer } from '../base/deadline-timer.ts';
import { pause } from '../base/pause.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { DteLine } from '../serial/serial-line.ts';
import type { Answer, Command } from './command.ts';
import { Dialogue, type DialogueOptions } from './dialogue.ts';
import type { DialogueAction, DialogueEvent } from './dialogue-action.ts';
import { eventText } from './event-text.ts';
import { EventWaiters, isEndOfCall } from './event-waiters.ts';
import type { EscapeOutcome, Look, Procedure, Step, StepResult } from './procedure.ts';
import { Transcript } from './transcript.ts';

export interface ConversationOptions extends DialogueOptions {
  readonly trace?: Trace | undefined;
  /** Octets of the call. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Everything else that is not the answer to a command. */
  readonly onEvent: (event: DialogueEvent) => void;
  /** The line takes more data. */
  readonly onDrain: () => void;
}

export class Conversation {
  readonly #line: DteLine;
  readonly #options: ConversationOptions;
  readonly #trace: Trace;
  readonly #dialogue: Dialogue;
  readonly #transcript = new Transcript();
  readonly #answers = new Map<Command, (answer: Answer) => void>();
  readonly #waiters = new EventWaiters();
  readonly #timer = new DeadlineTimer(() => this.#act(this.#dialogue.tick(now())));
  /** The end of the last procedure: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #hadCarrier: boolean;
  #isOpen = true;

  constructor(line: DteLine, options: ConversationOptions) {
    this.#line = line;
    this.#options = options;
    this.#trace = options.trace ?? noTrace;
    this.#dialogue = new Dialogue(options);
    this.#hadCarrier = this.#carrierDetect === true;
    line.on('data', this.#onData);
    line.on('signals', this.#onSignals);
    line.on('drain', options.onDrain);
    line.on('close', this.#onClose);
  }

  get holdsCall(): boolean {
    return this.#dialogue.holdsCall;
  }

  get isDialling(): boolean {
    return this.#dialogue.isDialling;
  }

  get takesData(): boolean {
    return this.#dialogue.takesData;
  }

  get evidence(): readonly string[] {
    return this.#transcript.lines;
  }

  /** Runs a procedure after those that were begun before. */
  run<T>(procedure: Procedure<T>): Promise<T> {
    const result = this.#last.then(() => this.#perform(procedure));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Data of the call, straight to the line. */
  writeData(bytes: Uint8Array): boolean {
    this.#dialogue.dataWritten(bytes.length, this.#line.baudRate, now());
    return this.#line.write(bytes);
  }

  /** @returns whether a dial was outstanding, which is given up now */
  abortDial(): boolean {
    const wasDialling = this.#dialogue.isDialling;
    this.#act(this.#dialogue.abortDial(now()));
    return wasDialling;
  }

  /** Lets go of the line; what waits gets its answer. */
  detach(): void {
    this.#line.off('data', this.#onData);
    this.#line.off('signals', this.#onSignals);
    this.#line.off('drain', this.#options.onDrain);
    this.#line.off('close', this.#onClose);
    this.#onClose();
  }

  async #perform<T>(procedure: Procedure<T>): Promise<T> {
    let step = procedure.next({ of: 'done' });
    while (step.done !== true) {
      step = procedure.next(await this.#take(step.value));
    }
    return step.value;
  }

  async #take(step: Step): Promise<StepResult> {
    switch (step.do) {
      case 'command':
        return { of: 'command', answer: await this.#ask(step.command) };
      case 'pause':
        await pause(step.forMs);
        return { of: 'done' };
      case 'clock':
        return { of: 'clock', now: now() };
      case 'bit-rate':
        if (this.#line.baudRate !== step.bitRate) {
          this.#line.setBaudRate(step.bitRate);
          this.#dialogue.dropPartialLine();
          this.#note(`${step.bitRate} bit/s`);
        }
        return { of: 'done' };
      case 'data-terminal-ready':
        this.#line.drive({ dtr: step.isOn });
        this.#note(step.isOn ? 'DTR on' : 'DTR off');
        return { of: 'done' };
      case 'escape':
        return { of: 'escape', outcome: await this.#escape() };
      case 'await-carrier-loss':
        return { of: 'await-carrier-loss', isLost: await this.#awaitCarrierLoss(step.withinMs) };
      case 'forget-call':
        this.#act(this.#dialogue.endCall(now()));
        return { of: 'done' };
      case 'look':
        return { of: 'look', look: this.#look() };
      case 'note':
        this.#note(step.text);
        return { of: 'done' };
    }
  }

  #ask(command: Command): Promise<Answer> {
    this.#transcript.hide(command.secrets ?? []);
    return new Promise((resolve) => {
      this.#answers.set(command, resolve);
      this.#act(this.#dialogue.submit(command, now()));
    });
  }

  async #escape(): Promise<EscapeOutcome> {
    if (!this.#isOpen) {
      return 'carrier-lost';
    }
    const isBlind = this.#dialogue.mode === 'command';
    if (isBlind) {
      this.#dialogue.takeOverCall('data');
    }
    const { picked } = this.#waiters.next((event): EscapeOutcome | undefined => {
      if (event.type === 'escaped') {
        return 'escaped';
      }
      if (event.type === 'timeout' && event.command === '+++') {
        return 'timeout';
      }
      return isEndOfCall(event) ? 'carrier-lost' : undefined;
    });
    this.#act(this.#dialogue.escape(now()));
    const outcome = await picked;
    if (isBlind) {
      this.#act(this.#dialogue.endCall(now()));
    }
    return outcome;
  }

  async #awaitCarrierLoss(withinMs: Ms): Promise<boolean> {
    if (!this.#dialogue.holdsCall) {
      return true;
    }
    const { picked, stop } = this.#waiters.next((event) => (isEndOfCall(event) ? true : undefined));
    let handle: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<false>((resolve) => {
      handle = setTimeout(() => resolve(false), withinMs);
    });
    const isLost = await Promise.race([picked, over]);
    clearTimeout(handle);
    stop();
    return isLost;
  }

  #look(): Look {
    return {
      mode: this.#dialogue.mode,
      holdsCall: this.#dialogue.holdsCall,
      carrierDetect: this.#carrierDetect,
      evidence: this.#transcript.lines,
    };
  }

  get #carrierDetect(): boolean | 'unknown' {
    const { signals } = this.#line;
    return signals === 'unknown' ? 'unknown' : signals.dcd;
  }

  readonly #onData = (bytes: Uint8Array): void => {
    if (this.#dialogue.passes(bytes)) {
      this.#options.onData(bytes);
      return;
    }
    this.#act(this.#dialogue.receive(bytes, now()));
  };

  readonly #onSignals = (signals: { readonly dcd: boolean }): void => {
    const fell = this.#hadCarrier && !signals.dcd;
    if (signals.dcd !== this.#hadCarrier) {
      this.#note(signals.dcd ? 'DCD on' : 'DCD off');
    }
    this.#hadCarrier = signals.dcd;
    if (fell) {
      this.#act(this.#dialogue.endCall(now()));
    }
  };

  readonly #onClose = (): void => {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#act(this.#dialogue.portLost(now()));
      this.#timer.stop();
    }
  };

  #act(actions: readonly DialogueAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case 'write':
          this.#show('>', action.text.replace(/\r$/, ''));
          this.#line.write(action.bytes);
          break;
        case 'tell':
          this.#tell(action.event);
          break;
        case 'answer': {
          const resolve = this.#answers.get(action.command);
          this.#answers.delete(action.command);
          resolve?.(action.answer);
          break;
        }
      }
    }
    this.#setTimer();
  }

  #tell(event: DialogueEvent): void {
    if (event.type === 'data') {
      this.#options.onData(event.bytes);
      return;
    }
    const shown = eventText(event);
    if (shown !== undefined) {
      this.#show(event.type === 'timeout' ? '-' : '<', shown);
    }
    this.#waiters.tell(event);
    this.#options.onEvent(event);
  }

  #setTimer(): void {
    const deadline = this.#isOpen ? this.#dialogue.deadline : undefined;
    if (deadline !== undefined) {
      this.#timer.notLaterThan(deadline, now());
    }
  }

  #note(text: string): void {
    this.#show('-', text);
  }

  #show(direction: '>' | '<' | '-', text: string): void {
    this.#trace({ layer: 'at', direction, text: this.#transcript.add(direction, text) });
  }
}
