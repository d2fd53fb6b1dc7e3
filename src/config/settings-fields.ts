/** The kinds of values in a settings file: host names, mail addresses, ports, secrets. */
import { z } from 'zod';
import { Secret } from './secret.ts';

const HOST = /^(?=.{1,253}$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/;
const DOTTED = /^[0-9.]+$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

const hostExpected = 'a host name such as mail.example.ne.jp, or an IPv4 address';

export const hostSchema = z
  .string({ error: hostExpected })
  .refine((text) => (DOTTED.test(text) ? IPV4.test(text) : HOST.test(text)), { error: hostExpected });

const ipv4Expected = 'an IPv4 address such as 210.196.3.183';
export const ipv4TextSchema = z.string({ error: ipv4Expected }).regex(IPV4, { error: ipv4Expected });

const portExpected = 'a whole number from 1 to 65535';
export const portSchema = z
  .int({ error: portExpected })
  .min(1, { error: portExpected })
  .max(65_535, { error: portExpected });

/**
 * RFC 5321 §4.1.2, Dot-string only and within its sizes: an address goes into a command line of the SMTP
 * dialogue, so that nothing else may be in it (no quotes, no comments, no brackets, no second address).
 */
const ADDRESS = /^(?=.{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(.+)$/;
const LONGEST_ADDRESS = 254;
const addressExpected = 'one mail address such as moshiri@example.ne.jp, without a name or brackets';

export const mailAddressSchema = z
  .string({ error: addressExpected })
  .max(LONGEST_ADDRESS, { error: addressExpected })
  .refine((text) => HOST.test(ADDRESS.exec(text)?.[1] ?? ''), { error: addressExpected });

/** PAP counts a password in one octet (RFC 1334 §2.2.1.1); SASL would take more. */
const LONGEST_SECRET = 255;
const secretExpected = `text of 1 to ${LONGEST_SECRET} characters, in quotes`;

export const secretSchema = z
  .string({ error: secretExpected })
  .min(1, { error: secretExpected })
  .max(LONGEST_SECRET, { error: secretExpected })
  .refine(isOneLine, { error: 'text without control characters' })
  .transform((text) => new Secret(text));

/** @param longest in characters */
export function lineSchema(longest: number, expected = `one line of 1 to ${longest} characters`) {
  return z
    .string({ error: expected })
    .min(1, { error: expected })
    .max(longest, { error: expected })
    .refine(isOneLine, { error: `${expected}, without control characters` });
}

function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

const nameExpected = 'a short name of letters, digits, - and _ (1 to 32 characters)';
/** Goes into a Message-ID and a file name. */
export const nameSchema = z.string({ error: nameExpected }).regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, {
  error: nameExpected,
});
