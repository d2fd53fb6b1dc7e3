/** An answer that says what was wrong with the question. */
export class HttpError extends Error {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
