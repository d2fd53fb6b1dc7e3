/** The station as a page for people: figures, lines, mails. No script; what came from a mail is escaped text. */
import { html, joined } from '../../report/html.ts';
import { htmlPage } from '../../report/html-page.ts';
import { linesDocument, mailDocument, statusDocument } from '../documents.ts';
import type { NetworkSide } from '../network-side.ts';

/** The newest; the API has all of them. */
const SHOWN_MAILS = 100;
/** Seconds; by the browser itself. */
export const RELOAD_AFTER_S = 5;

export function stationPage(side: NetworkSide): string {
  const { lines, mails, sessions, faults, now } = statusDocument(side);
  const newest = side.mails.matching().slice(-SHOWN_MAILS).reverse().map(mailDocument);
  return htmlPage({
    title: 'kadec21 serve',
    subtitle: `${now}: ${lines.connected} of ${lines.total} lines with a device, ${sessions.up} sessions, ${mails.received} mails, ${faults} faults`,
    body: html`<h2>Lines</h2>
<table><tr><th>line</th><th>module</th><th>coverage</th><th>state</th><th>octets from, to the device</th></tr>
${joined(
  linesDocument(side).lines.map(
    ({ name, module, power, coverage, mode, inCall, bytes }) =>
      html`<tr><td>${name}</td><td>${module} (${power})</td><td>${coverage}</td><td>${inCall ? 'in a call' : (mode ?? 'off')}</td><td>${bytes.fromDevice}, ${bytes.toDevice}</td></tr>`,
  ),
)}</table>
<h2>Mails</h2>
<table><tr><th>received</th><th>from</th><th>to</th><th>subject</th><th>octets</th><th>server</th></tr>
${joined(
  newest.map(
    ({ received, envelope, subject, size, host, port, tls, id }) =>
      html`<tr><td>${received}</td><td>${envelope.from}</td><td>${envelope.to.join(', ')}</td><td><a href="/mails/${id}/raw">${subject === '' ? '(no subject)' : subject}</a></td><td>${size}</td><td>${host}:${port}${tls ? ' TLS' : ''}</td></tr>`,
  ),
)}</table>
<p><a href="/openapi.json">OpenAPI</a></p>`,
  });
}
