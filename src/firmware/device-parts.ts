/** The parts that a device is really made of. */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Settings } from '../config/settings-schema.ts';
import { Modem } from '../modem/modem.ts';
import { SocketCall } from '../modem/sockets/socket-call.ts';
import { SocketModem } from '../modem/sockets/socket-modem.ts';
import { submit } from '../smtp/submit.ts';
import type { CommsParts } from './comms-parts.ts';
import { DeviceLink } from './device-link.ts';
import { SocketLink } from './socket-link.ts';

export interface DevicePartsOptions {
  readonly settings: Settings;
  readonly random: Random;
  readonly trace: Trace;
}

export function deviceParts({ settings, random, trace }: DevicePartsOptions): CommsParts {
  const { apn, user, password } = settings.carrier;
  const access = {
    ...(apn === undefined ? {} : { apn }),
    user,
    password: password.reveal(),
    // What the carrier's LTE access asks for; CDMA modules know no such setting and leave it to PPP.
    authentication: 'chap',
  } as const;
  let calls = 0;
  return {
    modem: (line, profile) => {
      const options = { random: random.fork('modem'), trace, access };
      return profile.sockets === undefined
        ? new Modem(line, profile, options)
        : new SocketModem(line, profile, { ...options, nameServers: settings.nameServers });
    },
    link: (call) => {
      calls += 1;
      if (call instanceof SocketCall) {
        return new SocketLink(call);
      }
      return new DeviceLink(call, { settings, random: random.fork(`call ${calls}`), trace });
    },
    submit,
  };
}
