/** Every vector format that `npm run vectors` knows. */
import { atDce } from './at-dce.ts';
import { atDte } from './at-dte.ts';
import type { VectorFamily } from './family.ts';
import { hex } from './hex.ts';
import { mcuboot } from './mcuboot.ts';
import { ppp } from './ppp.ts';
import { smtpFaults } from './smtp-faults.ts';

export const families: readonly VectorFamily[] = [atDce, atDte, ppp, smtpFaults, hex, mcuboot];
