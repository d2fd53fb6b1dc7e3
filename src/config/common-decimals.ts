/** How many digits after the point a column is written with, so that it can be written again as it was. */

/** `Number.prototype.toFixed` takes more; no instrument has them. */
const MOST_DECIMALS = 20;

export class CommonDecimals {
  #decimals: number | 'mixed' | undefined;

  /** @param text a value as the file has it */
  see(text: string): void {
    if (this.#decimals === 'mixed') {
      return;
    }
    const decimals = this.#decimals ?? decimalsOf(text);
    this.#decimals =
      decimals <= MOST_DECIMALS && Number(text).toFixed(decimals) === text ? decimals : 'mixed';
  }

  /** `undefined` where no one number of digits gives every value as it was written. */
  get value(): number | undefined {
    return this.#decimals === 'mixed' ? undefined : this.#decimals;
  }
}

function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}
