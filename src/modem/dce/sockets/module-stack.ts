/**
 * The TCP/IP stack inside the module: a packet call through the radio, PPP on it, and an IPv4 host on that, as a
 * device has it that dials by itself. The shell of `socket-service.ts`; it decides nothing that the machine can decide.
 */
import { Kadec21Error } from '../../../base/errors.ts';
import type { Random } from '../../../base/random.ts';
import type { Trace } from '../../../base/trace.ts';
import { IpHost } from '../../../net/ip-host.ts';
import { type IpAssignment, PppLink } from '../../../net/ppp/ppp-link.ts';
import { TappedChannel } from '../../../serial/tapped-channel.ts';
import type { LineTap } from '../../../serial/tapped-line.ts';
import { formatIpv4 } from '../../../wire/ipv4.ts';
import type { Call, DialResult } from '../radio.ts';
import type { RadioUnit } from '../radio-unit.ts';
import type { ActivationCause, StackHappening, StackOrder, StackView } from './stack-event.ts';
import { StackSession } from './stack-session.ts';

/** The memory of a module: what AT+QISEND fills, and the window that TCP offers. */
const BUFFER_BYTES = 16_384;

export interface ModuleStackOptions {
  readonly radio: RadioUnit;
  readonly random: Random;
  readonly trace: Trace;
  /** Hears the PPP octets of its calls. */
  readonly airTap: LineTap | undefined;
  readonly feed: (happening: StackHappening) => void;
}

/** From one activation to its end. */
interface Context {
  readonly random: Random;
  giveUpDial: (() => void) | undefined;
  call: Call | undefined;
  ppp: PppLink | undefined;
  /** Once IP passes. */
  session: StackSession | undefined;
}

type Activation = Extract<StackOrder, { readonly order: 'activate' }>;

export class ModuleStack implements StackView {
  readonly #options: ModuleStackOptions;
  #context: Context | undefined;
  #activations = 0;

  constructor(options: ModuleStackOptions) {
    this.#options = options;
  }

  acknowledgedBytes(connection: number): number {
    return this.#context?.session?.acknowledgedBytes(connection) ?? 0;
  }

  obey(order: StackOrder): void {
    switch (order.order) {
      case 'activate':
        this.#activate(order);
        return;
      case 'deactivate':
        this.#deactivate();
        return;
      default:
        this.#context?.session?.obey(order);
    }
  }

  /** The module has lost its power: nothing is said to anybody. */
  drop(): void {
    this.#leave()?.call?.hangUp();
  }

  #activate(activation: Activation): void {
    this.#activations += 1;
    const context: Context = {
      random: this.#options.random.fork(`context ${this.#activations}`),
      giveUpDial: undefined,
      call: undefined,
      ppp: undefined,
      session: undefined,
    };
    this.#context = context;
    this.#tell('>', `dial ${activation.number} for the module's own stack`);
    let isDialling = true;
    const giveUp = this.#options.radio.dial(activation.number, (result) => {
      isDialling = false;
      context.giveUpDial = undefined;
      if (this.#context === context) {
        this.#dialled(context, result, activation);
      }
    });
    // A network may know the result before it returns.
    context.giveUpDial = isDialling ? giveUp : undefined;
  }

  #dialled(context: Context, result: DialResult, { user, password }: Activation): void {
    if (result.result !== 'connected') {
      this.#tell('<', result.result);
      this.#notActivated(result.result === 'busy' ? 'insufficient resources' : 'network failure');
      return;
    }
    const { call, bitRate } = result;
    this.#tell('<', `connected at ${bitRate} bit/s`);
    const random = context.random.fork('ppp');
    const { trace, airTap } = this.#options;
    const heard = airTap === undefined ? call : new TappedChannel(call, airTap);
    const ppp = new PppLink(heard, { role: 'client', user, password, bitRate, random, trace });
    context.call = call;
    context.ppp = ppp;
    ppp.on('down', (cause) => {
      if (this.#context === context && context.session !== undefined) {
        this.#tell('<', `context lost: ${cause.message}`);
        this.#leave()?.call?.hangUp();
        this.#options.feed({ what: 'lost' });
      }
    });
    ppp.open().then(
      (assignment) => {
        if (this.#context === context) {
          this.#activated(context, ppp, assignment);
        }
      },
      (cause: unknown) => {
        if (this.#context === context) {
          const isRefused = cause instanceof Kadec21Error && cause.code === 'PPP_AUTH_REJECTED';
          this.#notActivated(isRefused ? 'user authentication failed' : 'network failure');
        }
      },
    );
  }

  #activated(context: Context, link: PppLink, { address, nameServers }: IpAssignment): void {
    const { trace, feed } = this.#options;
    const host = new IpHost({
      link,
      address,
      random: context.random.fork('ip'),
      trace,
      sendBufferBytes: BUFFER_BYTES,
      receiveBufferBytes: BUFFER_BYTES,
    });
    context.session = new StackSession({ host, random: context.random.fork('names'), trace, feed });
    feed({ what: 'activated', address: formatIpv4(address), nameServers: nameServers.map(formatIpv4) });
  }

  #notActivated(cause: ActivationCause): void {
    this.#leave()?.call?.hangUp();
    this.#options.feed({ what: 'not-activated', cause });
  }

  #deactivate(): void {
    const context = this.#leave();
    const deactivated = () => {
      context?.call?.hangUp();
      this.#options.feed({ what: 'deactivated' });
    };
    if (context?.ppp === undefined) {
      deactivated();
    } else {
      void context.ppp.close().then(deactivated);
    }
  }

  /** From now on what comes of the context is nobody's. */
  #leave(): Context | undefined {
    const context = this.#context;
    this.#context = undefined;
    context?.giveUpDial?.();
    context?.session?.end();
    return context;
  }

  #tell(direction: '>' | '<', text: string): void {
    this.#options.trace({ layer: 'radio', direction, text });
  }
}
