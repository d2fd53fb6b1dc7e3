/** Looks for secrets where none may be: in a trace, in evidence. */
import { MASK } from '../base/trace.ts';
import { Secret } from '../config/secret.ts';
import { settingsDocument } from '../config/settings.ts';
import type { Settings, SettingsDocument } from '../config/settings-schema.ts';
import type { WorldOptions } from './world.ts';

/** A shorter word (`au`) is part of half of all words. */
const SHORTEST = 4;

/** How a secret shows itself: in clear, and as AUTH LOGIN and AUTH PLAIN write it. */
export function shapesOf(settings: Settings): string[] {
  const shapes = new Set<string>();
  const add = (text: string) => {
    shapes.add(text);
    shapes.add(Buffer.from(text).toString('base64'));
  };
  for (const secret of secretsIn(settings)) {
    if (secret.length >= SHORTEST) {
      add(secret);
    }
  }
  const { auth } = settings.mail;
  if (auth.mechanism !== 'none') {
    const password = auth.password.reveal();
    shapes.add(Buffer.from(`\0${auth.user}\0${password}`).toString('base64'));
    shapes.add(Buffer.from(`${auth.user}\0${auth.user}\0${password}`).toString('base64'));
  }
  return [...shapes];
}

function* secretsIn(value: unknown): Generator<string> {
  if (value instanceof Secret) {
    yield value.reveal();
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) {
      yield* secretsIn(inner);
    }
  }
}

/** The same of an account that the network side knows. */
export function shapesOfAccount(account: { readonly user: string; readonly password: string }): string[] {
  const { user, password } = account;
  return password.length < SHORTEST
    ? []
    : [password, `\0${user}\0${password}`, `${user}\0${user}\0${password}`].flatMap((text, index) => {
        const encoded = Buffer.from(text).toString('base64');
        return index === 0 ? [text, encoded] : [encoded];
      });
}

/** Passwords that the emulated network knows, as they may be written. */
export const secretsOfNetwork = ({ hosts = [], accounts = [] }: WorldOptions): string[] =>
  [...hosts.flatMap((host) => host.accounts), ...accounts].flatMap(shapesOfAccount);

/** The settings as in their file, with masks in the place of secrets. */
export function maskedDocument(settings: Settings): SettingsDocument {
  const { carrier, mail, ...document } = settingsDocument(settings);
  const auth = mail.auth.password === undefined ? mail.auth : { ...mail.auth, password: MASK };
  return { ...document, carrier: { ...carrier, password: MASK }, mail: { ...mail, auth } };
}
