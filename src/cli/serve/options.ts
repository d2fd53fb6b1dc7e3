/** What `kadec21 serve` was asked for. */
import type { Op25bMode } from '../../aunet/op25b.ts';
import type { ServerMapping } from '../../aunet/server-mapping.ts';
import type { SubscriberAccount } from '../../aunet/subscribers.ts';
import type { Ms } from '../../base/units.ts';
import type { Fault } from '../../config/fault.ts';
import type { HttpAddress } from '../../serve/http/guard.ts';
import type { PowerCycle } from '../../serve/served-line.ts';
import type { WatchOptions } from '../watching.ts';

export interface ServeOptions extends WatchOptions {
  readonly pty?: readonly string[];
  readonly count?: number;
  readonly tcp?: readonly HttpAddress[];
  readonly rfc2217?: readonly HttpAddress[];
  readonly unix?: readonly string[];
  readonly port?: readonly string[];
  readonly baud?: number;
  readonly module: string;
  readonly at?: Ms;
  readonly op25b: Op25bMode;
  readonly area?: string;
  readonly calendar?: string;
  readonly server?: readonly ServerMapping[];
  readonly publish?: readonly ServerMapping[];
  readonly account?: readonly SubscriberAccount[];
  readonly settings?: string;
  readonly pap?: boolean;
  readonly chap?: boolean;
  readonly powerCycle: PowerCycle;
  readonly pace?: boolean;
  readonly fault?: readonly Fault[];
  readonly maildir?: string;
  readonly authority?: string;
  readonly http?: HttpAddress;
  readonly control?: string;
  readonly seed: number;
  readonly untilMail?: number;
  readonly for?: Ms;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}
