/**
 * What a client trusts, read once: to read the certificates of its authorities anew for every session costs more
 * than a whole dialogue.
 */
import { createSecureContext, type SecureContext } from 'node:tls';

/** A device has one trust store; a process of many has those of its settings. */
const MOST_CONTEXTS = 16;

const contexts = new Map<string | undefined, SecureContext>();

/**
 * TLS 1.2 and later (RFC 8996).
 * @param ca certificates of authorities, PEM; those that Node.js brings where there are none
 * @throws what node:tls throws at a PEM text that it cannot read
 */
export function trustedContext(ca: string | undefined): SecureContext {
  const known = contexts.get(ca);
  if (known !== undefined) {
    return known;
  }
  const context = createSecureContext({ minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) });
  if (contexts.size >= MOST_CONTEXTS) {
    contexts.clear();
  }
  contexts.set(ca, context);
  return context;
}
