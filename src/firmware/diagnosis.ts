/**
 * From a failure to what stopped the mail, in the words of the field. Only what the device itself has seen counts:
 * it knows neither the carrier's calendar nor what is behind an address that does not answer.
 */
import { Kadec21Error } from '../base/errors.ts';
import type { Band, ModuleProfile } from '../modem/module-profile.ts';
import type { Blockage } from './comms-report.ts';

/** What a session has seen of the way to the mail server. */
export interface Observations {
  readonly host: string;
  readonly port: number;
  readonly release: string;
  /** Of the module that the firmware expected. */
  readonly profile: ModuleProfile;
  /** The name server has answered: the link carries packets both ways. */
  hasResolved: boolean;
  /** The mail server's host has answered an echo request. */
  hasEchoed: boolean;
}

/** The port of mail between servers; access networks block it for everybody else (OP25B). */
const RELAY_PORT = 25;

/** @param failure what a step of the session threw */
export function diagnose(failure: unknown, seen: Observations): Blockage {
  const error = failure instanceof Kadec21Error ? failure : undefined;
  const code = error?.code ?? 'FIRMWARE_UNEXPECTED';
  const told: Blockage = {
    layer: error?.layer ?? 'firmware',
    code,
    sentence: failure instanceof Error ? failure.message : String(failure),
    advice: error?.advice,
    // What is no failure of ours is a bug: where it happened helps to find it.
    evidence:
      error?.evidence ?? (failure instanceof Error ? (failure.stack ?? '').split('\n').slice(1, 6) : []),
  };
  const finding = findings[code]?.(seen, told.sentence);
  return finding === undefined ? told : { ...told, ...finding };
}

type Finding = Partial<Blockage> & Pick<Blockage, 'sentence'>;

const findings: Readonly<Record<string, (seen: Observations, told: string) => Finding | undefined>> = {
  MODEM_UNKNOWN_MODULE: ({ release }, told) => ({
    layer: 'firmware',
    code: 'FIRMWARE_UNSUPPORTED_MODULE',
    sentence: `Comms firmware ${release} does not drive the module that is fitted. ${told}`,
    advice: 'Update the comms firmware for this module, and name it in the settings (module).',
  }),
  MODEM_NO_SERVICE: ({ profile }) => ({
    layer: 'radio',
    code: 'RADIO_NO_SERVICE',
    sentence: `${areaOf(profile.bands)}: no cell for this module's bands (${bandNames(profile.bands)}).`,
    advice: adviceFor(profile.bands),
  }),
  PPP_AUTH_REJECTED: () => ({
    layer: 'ppp',
    code: 'PPP_AUTH_REJECTED',
    sentence: 'The carrier refuses the PPP user or password.',
    advice: 'Check carrier.user and carrier.password, and the contract of the line.',
  }),
  TCP_TIMED_OUT: (seen) => unanswered(seen, seen.hasEchoed || seen.hasResolved),
  // A router says so of a host that is not there as well: only an echo proves that it is the port.
  TCP_UNREACHABLE: (seen) => unanswered(seen, seen.hasEchoed),
  TCP_REFUSED: ({ host, port }) =>
    port === RELAY_PORT
      ? {
          sentence: `${host} refuses port 25: no mail server listens there, or the carrier refuses in its name.`,
          advice: USE_SUBMISSION,
        }
      : {
          sentence: `${host} refuses port ${port}: it offers no submission there.`,
          advice:
            'Move to a mail server that offers submission with SMTP AUTH, in the device and in what receives.',
        },
};

const USE_SUBMISSION =
  'Send to the submission port 587 with SMTP AUTH: this needs comms firmware 2.0 or later, and a server that offers it.';

/**
 * A connection that does not come about: on port 25, over a link that works, that is the carrier's blocking.
 * @param isPortAlone whether all else on the way has answered
 */
function unanswered({ host, port, hasResolved, hasEchoed }: Observations, isPortAlone: boolean): Finding {
  if (port === RELAY_PORT && isPortAlone) {
    const proof = hasEchoed
      ? 'although the host answers to echo requests'
      : 'although the link and the name server work';
    return {
      code: 'OP25B',
      sentence: `Outbound Port 25 Blocking (OP25B): port 25 of ${host} does not answer, ${proof}.`,
      advice: USE_SUBMISSION,
    };
  }
  return {
    sentence: hasEchoed
      ? `Port ${port} of ${host} does not answer, although the host answers to echo requests.`
      : `${host} does not answer on port ${port}.`,
    advice: hasResolved
      ? 'Is the mail server in operation, and does it offer this port?'
      : 'Nothing at all has answered over this link: look at the address, the carrier and the mail server.',
  };
}

const CDMA_BANDS: ReadonlySet<Band> = new Set<Band>(['bc3', 'bc0']);

const BAND_NAMES: Readonly<Record<Band, string>> = {
  bc3: 'old 800 MHz',
  bc0: 'new 800 MHz',
  'lte-b18': 'LTE band 18',
  'lte-b26': 'LTE band 26',
};

const bandNames = (bands: readonly Band[]) => bands.map((band) => BAND_NAMES[band]).join(', ');

const areaOf = (bands: readonly Band[]) => (bands.every((band) => CDMA_BANDS.has(band)) ? '800 MHz' : 'LTE');

/** The same advice on every day: when a band went off is for the reader to compare. */
function adviceFor(bands: readonly Band[]): string {
  if (bands.every((band) => band === 'bc3')) {
    return 'Look at the antenna and the site. Old 800 MHz ended on 2012-07-22: after that a dual-band or 3GPP module is needed.';
  }
  if (bands.every((band) => CDMA_BANDS.has(band))) {
    return 'Look at the antenna and the site. CDMA ended on 2022-03-31: after that a 3GPP module is needed.';
  }
  return 'Look at the antenna, the site and the SIM card.';
}
