/**
 * The module of today: 3GPP TS 27.007 commands over LTE-M, bands 18 and 26 (the new 800 MHz).
 *
 * Identity and boot messages are this emulation's own, in the manner of current modules.
 */
import type { ModuleProfileInput } from '../module-profile.ts';

export const lteM = {
  name: '3gpp',
  title: 'LTE-M module, bands 18 and 26',
  family: '3gpp',
  bands: ['lte-b18', 'lte-b26'],
  identity: {
    manufacturer: 'NORTH ONE',
    model: 'LM-18',
    revision: 'LM18-1.00',
    serialNumber: '490154203237518',
    capabilities: '+CGSM, +ES',
  },
  line: { baudRate: 115_200, autobaud: [115_200, 38_400, 19_200, 9_600], gapMs: 20 },
  dial: { number: '*99***1#', timeoutMs: 60_000 },
  packetContext: { id: 1, apn: 'au.au-net.ne.jp' },
  init: [
    { command: 'AT&FE0Q0V1X4&C1&D2S0=0' },
    { command: 'AT+CMEE=2', optional: true },
    { command: 'AT+CFUN=1' },
    { command: 'AT+CEREG=0', optional: true },
    // 27.007 7.3: operators as numbers (44051), not as names.
    { command: 'AT+COPS=3,2', optional: true },
  ],
  timeoutsMs: { command: 5_000, registration: 120_000, hangUp: 5_000 },
  factory: { carrierDetect: 1, terminalReady: 2, registers: { '7': 50, '12': 50 } },
  pace: { bootMs: 4_000 },
  // As u-blox modules do it; others say ERROR.
  unknownCommand: '+CME ERROR',
  bootMessages: ['RDY', '+CFUN: 1', '+CPIN: READY', 'APP RDY'],
} as const satisfies ModuleProfileInput;
