/** What a run of a scenario gives: plain data (JSON), for reporters, other threads and files of other machines. */
import type { TraceLayer } from '../base/trace.ts';
import type { CommsOutcome } from '../firmware/comms-report.ts';
import type { LocatedDifference } from '../replay/verdict.ts';

/** Where an event belongs on a time line. */
export type Lane = 'device' | 'line' | 'ppp' | 'tcp' | 'smtp' | 'radio';

export interface EvidenceEvent {
  /** Milliseconds since 1970, of the scenario's clock. */
  readonly at: number;
  /** Absent: of the network as a whole. */
  readonly device?: string | undefined;
  readonly lane: Lane;
  readonly layer: TraceLayer;
  readonly direction: '>' | '<' | '-';
  readonly text: string;
}

export interface SessionResult {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: CommsOutcome;
  readonly blockedBy?: string | undefined;
  readonly reason?: string | undefined;
  readonly advice?: string | undefined;
  readonly release: string;
  readonly dials: number;
  /** SMTP connections. */
  readonly attempts: number;
  readonly bytesOnLine: number;
  /** The line was closed while the call was still up. */
  readonly leftCallUp: boolean;
  readonly steps: readonly { readonly name: string; readonly result: 'done' | 'failed' }[];
}

export interface DeviceResult {
  readonly name: string;
  /** What the file calls all of those that it is one of (`count`). */
  readonly fleet?: string | undefined;
  readonly kind: 'emulated' | 'real' | 'recorded';
  readonly state: 'on' | 'off' | 'unbootable';
  /** Of a real one: whether anything came from it on its line. */
  readonly isHeard?: boolean | undefined;
  readonly module: string;
  readonly firmware?: string | undefined;
  readonly sessions: readonly SessionResult[];
  /** Of the last session. */
  readonly outcome?: CommsOutcome | undefined;
  readonly blockedBy?: string | undefined;
  readonly reason?: string | undefined;
  readonly advice?: string | undefined;
  readonly dials: number;
  readonly attempts: number;
  readonly boots: number;
  readonly bytesOnLine: number;
  readonly timeOnLineMs: number;
  /** Mails in the outbox. */
  readonly waiting: number;
  readonly alerts: readonly { readonly kind: string; readonly text: string; readonly advice: string }[];
  readonly slots?: { readonly slot0: string; readonly slot1: string } | undefined;
  /** In the flash, secrets masked. */
  readonly settings?: unknown;
  /** Its module still had a call when all was over. */
  readonly hasCall: boolean;
}

export interface MailResult {
  readonly id: string;
  readonly messageId: string;
  readonly at: number;
  readonly device?: string | undefined;
  /** What the file calls all of those that the device is one of. */
  readonly fleet?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly auth: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly headerFrom: string;
  readonly headerTo: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly { readonly name: string; readonly text: string; readonly bytes: number }[];
  /** The octets of DATA, base64. */
  readonly raw: string;
}

/** What came of playing a recording. */
export interface ReplayResult {
  readonly device: string;
  /** Whose part was played: that of the device's module, or the device's own. */
  readonly as: 'module' | 'device';
  readonly file: string;
  /**
   * `unfinished`: the scenario was over before. `not-played`: nobody opened the line. `surplus`: the device began a
   * session for which there was no recording.
   */
  readonly outcome: 'same' | 'different' | 'unfinished' | 'not-played' | 'surplus';
  /** Steps of the other side in the recording, and how many of them came. */
  readonly steps?: number | undefined;
  readonly heard?: number | undefined;
  /** The first one. */
  readonly difference?: LocatedDifference | undefined;
}

export interface Failure {
  /** In the file: `expect.mails[0].to`; `always.hung-up` and the like for what every scenario must keep. */
  readonly path: string;
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** One sentence that names the cause. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
}

export interface CaseEvidence {
  readonly events: readonly EvidenceEvent[];
  /** Events that had no room any more. */
  readonly eventsDropped: number;
  /** By device: pcapng, base64. */
  readonly captures: Readonly<Record<string, string>>;
  /** By device: the flash as it was at the end, gzip, base64. */
  readonly flashes: Readonly<Record<string, string>>;
}

/** `failed`: an expectation is not met. `broken`: the scenario could not be run. */
export type Verdict = 'passed' | 'failed' | 'broken';

export interface CaseResult {
  readonly schema: 'kadec21/case-result/1';
  readonly id: string;
  readonly file: string;
  readonly name: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly seed: number;
  readonly verdict: Verdict;
  readonly failures: readonly Failure[];
  /** When the scenario's clock began and ended. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Time lived in the scenario, jumps of the calendar left out. */
  readonly virtualMs: number;
  readonly realMs: number;
  readonly devices: readonly DeviceResult[];
  readonly mails: readonly MailResult[];
  /** That the carrier has seen. */
  readonly calls: number;
  /** Connections that OP25B stopped, each destination once: `kona.co.jp:25`. */
  readonly blocked?: readonly string[] | undefined;
  /** Recordings that were to be played. */
  readonly replays?: readonly ReplayResult[] | undefined;
  readonly evidence: CaseEvidence;
}
