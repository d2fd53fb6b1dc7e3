/**
 * A module of today whose own TCP/IP stack is used: everything of the 3GPP module, and AT+QIOPEN and its like
 * instead of PPP. Identity and boot messages are this emulation's own, in the manner of current modules.
 */
import type { ModuleProfileInput } from '../module-profile.ts';
import { lteM } from './3gpp.ts';

export const lteMSockets = {
  ...lteM,
  name: '3gpp-sockets',
  title: 'LTE-M module with sockets, bands 18 and 26',
  identity: { ...lteM.identity, model: 'LM-18S', revision: 'LM18S-1.00', serialNumber: '490154203237526' },
  // The family's longest time for AT+QIACT.
  dial: { number: '*99***1#', timeoutMs: 150_000 },
  sockets: 'quectel',
} as const satisfies ModuleProfileInput;
