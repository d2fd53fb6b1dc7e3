/**
 * What a run tells about itself while it works: one event, one line. Secrets are masked where the event
 * is made, so that no sink can show them.
 */
export type TraceLayer = 'line' | 'at' | 'radio' | 'ppp' | 'ip' | 'tcp' | 'smtp' | 'carrier' | 'firmware';

export interface TraceEvent {
  readonly layer: TraceLayer;
  /** `>` left the device, `<` came to it, `-` neither. */
  readonly direction: '>' | '<' | '-';
  readonly text: string;
}

export type Trace = (event: TraceEvent) => void;

export const noTrace: Trace = () => {};

/** How a secret looks wherever people can see it. */
export const MASK = '********';
