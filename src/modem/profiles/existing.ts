/**
 * The built-in module of the N2 as it was delivered: cdma2000 1X on the old 800 MHz (band class 3) only.
 *
 * Which module that was is not published. The command set is IS-707 with the defaults of a contemporary
 * stand-in (115200 8N1, &C2, &D2, S7=50); identity and dial number are this emulation's own.
 */
import type { ModuleProfileInput } from '../module-profile.ts';

export const existing = {
  name: 'existing',
  title: 'Built-in 800 MHz module, as delivered before 2008',
  family: 'is-707',
  bands: ['bc3'],
  identity: {
    manufacturer: 'KONA SYSTEM',
    model: 'CM-800',
    revision: 'CM800-1.07',
    serialNumber: '8A0C41D2',
    capabilities: '+CIS707-A, +MS, +ES, +DS',
  },
  line: { baudRate: 115_200, autobaud: [115_200, 38_400, 19_200, 9_600], gapMs: 100 },
  dial: { number: '*99**24#', timeoutMs: 60_000 },
  init: [
    { command: 'AT&FE0Q0V1X4&C2&D2S0=0' },
    // IS-707 +CRM=2: packet data with PPP at the network layer.
    { command: 'AT+CRM=2' },
    { command: 'AT+CQD=10', optional: true },
  ],
  timeoutsMs: { command: 3_000, registration: 90_000, hangUp: 5_000 },
  factory: { carrierDetect: 2, terminalReady: 2, registers: { '7': 50, '12': 50 } },
} as const satisfies ModuleProfileInput;
