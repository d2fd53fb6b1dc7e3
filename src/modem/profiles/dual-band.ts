/**
 * The module that replaces the delivered one: cdma2000 1X on the old and the new 800 MHz (band classes 3
 * and 0). Another identity and another init string, so that the firmware has to know it.
 *
 * Identity and init string are this emulation's own; the rest is the stand-in that `existing` uses too.
 */
import type { ModuleProfileInput } from '../module-profile.ts';

export const dualBand = {
  name: 'dual-band',
  title: 'Dual-band 800 MHz module, old and new frequencies',
  family: 'is-707',
  bands: ['bc3', 'bc0'],
  identity: {
    manufacturer: 'NORTH ONE',
    model: 'CM-800D',
    revision: 'CM800D-2.01',
    serialNumber: '8A115B07',
    capabilities: '+CIS707-A, +MS, +ES, +DS',
  },
  line: { baudRate: 115_200, autobaud: [115_200, 38_400, 19_200, 9_600], gapMs: 100 },
  dial: { number: '*99**24#', timeoutMs: 60_000 },
  init: [
    { command: 'AT&FE0Q0V1X4&C1&D2S0=0' },
    { command: 'AT+CMEE=1', optional: true },
    { command: 'AT+CRM=2' },
    // IS-707 +CTA=0: the module never goes dormant by itself in the middle of a mail.
    { command: 'AT+CTA=0', optional: true },
  ],
  timeoutsMs: { command: 3_000, registration: 90_000, hangUp: 5_000 },
  factory: { carrierDetect: 1, terminalReady: 2, registers: { '7': 50, '12': 50 } },
} as const satisfies ModuleProfileInput;
