/**
 * What a module hears: the cells of its bands at an instant. Pure; who tells modules of changes: radio-attachment.ts.
 */
import type { Ms } from '../base/units.ts';
import type { Calendar } from '../config/calendar.ts';
import type { Coverage } from '../modem/dce/radio.ts';
import type { Band } from '../modem/module-profile.ts';
import { isOnAir } from './calendar.ts';

/** Which network a band belongs to: it decides numbers, latency and system identifiers. */
export type System = 'cdma' | 'lte';

export const systemOf = (band: Band): System => (band === 'bc3' || band === 'bc0' ? 'cdma' : 'lte');

/** The site: how strong each band arrives. A band that is `undefined` here does not reach it. */
export interface Site {
  readonly signalDbm: Readonly<Partial<Record<Band, number>>>;
}

/** A hut in the mountains with a fair view of a mast (assumption). */
export const defaultSite: Site = {
  signalDbm: { bc3: -83, bc0: -83, 'lte-b18': -87, 'lte-b26': -87 },
};

/**
 * What networks call themselves. CDMA: a system identifier out of Japan's range (which one au.NET sent is not
 * known); LTE: the PLMN of KDDI, 440-50.
 */
const systemName: Readonly<Record<System, string>> = { cdma: '12304', lte: '44050' };

/**
 * The coverage of a registered module.
 * @param bands the module's bands, the preferred one first
 */
export function coverageAt(calendar: Calendar, site: Site, bands: readonly Band[], at: Ms): Coverage {
  for (const band of bands) {
    const signalDbm = site.signalDbm[band];
    if (signalDbm !== undefined && isOnAir(calendar, band, at)) {
      return { service: 'home', band, signalDbm, system: systemName[systemOf(band)] };
    }
  }
  return { service: 'none' };
}

/** The numbers that reach the packet service, by network. */
const packetNumbers: Readonly<Record<System, RegExp>> = {
  // au.NET's number, and the packet number of cdma2000 networks elsewhere.
  cdma: /^(\*99\*\*24#|#777)$/,
  // 3GPP TS 27.007 §10.2.1: *99[*[called address][*[L2P][*[cid]]]]#
  lte: /^\*99(\*[^*#]*(\*(PPP|1)?(\*\d{0,2})?)?)?#$/,
};

/** Whether the dialled digits mean a packet call on this band's network. */
export const isPacketNumber = (band: Band, number: string): boolean =>
  packetNumbers[systemOf(band)].test(number);
