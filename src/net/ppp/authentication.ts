/** What PAP and CHAP have in common at both ends: the shape of their machines, and how secrets are compared. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Ms, seconds } from '../../base/units.ts';

/** RFC 1334 and RFC 1994 leave timer and counter to the implementation; these are LCP's and pppd's. */
export const AUTHENTICATION_TIMER: Ms = seconds(3);
export const MAX_TRANSMITS = 10;
/** How long an end that has to speak second waits for the first packet; pppd waits as long. */
export const PATIENCE: Ms = seconds(30);

export type AuthenticationAction =
  | { readonly type: 'transmit'; readonly packet: Uint8Array }
  /** `user`: who the peer proved to be, where this end asked. */
  | { readonly type: 'passed'; readonly user?: string }
  /** `message`: what the refusing end said, or would say. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'silent' };

/** One direction of authentication at one end. */
export interface Authentication {
  /** When `timeout` wants to be called; `undefined` while no timer runs. */
  readonly deadline: Ms | undefined;
  start(now: Ms): AuthenticationAction[];
  receive(octets: Uint8Array, now: Ms): AuthenticationAction[];
  timeout(now: Ms): AuthenticationAction[];
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The account's secret, `undefined` for an unknown user. */
export type SecretOf = (user: string) => string | undefined;

/** Compares in a time that tells neither length nor place of the first difference. */
export function isSameSecret(one: Uint8Array, other: Uint8Array): boolean {
  const digest = (octets: Uint8Array) => createHash('sha256').update(octets).digest();
  return timingSafeEqual(digest(one), digest(other));
}
