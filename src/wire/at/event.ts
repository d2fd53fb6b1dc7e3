/** What a DTE learns from the octets of a module. Lines are one character per octet. */

/** How a command line ended, other than with data state. */
export type FinalEvent =
  | { readonly type: 'final'; readonly result: 'OK' }
  | {
      readonly type: 'final';
      readonly result: 'ERROR';
      /** A call did not come about: the words of the result code. */
      readonly reason?: string;
      readonly kind?: 'CME' | 'CMS' | 'vendor' | 'generic';
      /** The number of +CME or +CMS ERROR, where one was sent. */
      readonly code?: number;
      readonly text?: string;
    };

export type AtResponseEvent =
  /** One line of the answer to the outstanding command. */
  | { readonly type: 'info'; readonly line: string }
  /** Counted octets of the answer, as many as the information text before them has said. */
  | { readonly type: 'octets'; readonly bytes: Uint8Array }
  /** Unsolicited; `payload` is the second line of those that have one. */
  | { readonly type: 'urc'; readonly line: string; readonly payload?: string }
  | FinalEvent
  /** Data state begins; `text` is what followed CONNECT. */
  | { readonly type: 'connect'; readonly text: string }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** The module waits for text. */
  | { readonly type: 'prompt' }
  /** The answer to a command that had been given up. */
  | { readonly type: 'stale'; readonly lines: readonly string[] }
  /** Online command state: the call is held. */
  | { readonly type: 'escaped' }
  | { readonly type: 'carrierLost' }
  /** The module started anew: settings and outstanding command are gone. */
  | { readonly type: 'modemReset'; readonly line: string }
  /** A line grew beyond the bound and was thrown away. */
  | { readonly type: 'overflow'; readonly limit: number };
