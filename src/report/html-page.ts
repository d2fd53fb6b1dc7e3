/**
 * A report as one HTML file that needs nothing else: no font, no address, no script but its own. It follows the
 * reader's choice of light or dark, and on paper shows what is folded on the screen.
 */
import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';

export interface HtmlPage {
  readonly title: string;
  /** What stands below the heading: when, with what. */
  readonly subtitle?: string | undefined;
  readonly body: Html;
  /** Rules beyond those of every report; written by a programmer. */
  readonly style?: string | undefined;
  /** What the page does by itself; written by a programmer. The browser runs this one and no other. */
  readonly script?: string | undefined;
  /** What the script reads, as JSON, from the element `data`. */
  readonly data?: unknown;
}

/** A whole document. */
export function htmlPage({ title, subtitle, body, style = '', script, data }: HtmlPage): string {
  const allowed =
    script === undefined
      ? ''
      : `; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${new Html(allowed)}">
<title>${title}</title>
<style>${new Html(STYLE + style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${subtitle === undefined ? undefined : html`<p class="subtitle">${subtitle}</p>`}
</header>
<main>
${body}
</main>
${data === undefined ? undefined : new Html(`<script type="application/json" id="data">${inertJson(data)}</script>`)}
${script === undefined ? undefined : new Html(`<script>${script}</script>`)}
</body>
</html>
`;
  return page.toString();
}

/** JSON that cannot end the element it stands in, whatever texts it holds. */
const inertJson = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c');

/** How something ended: a mark that does not need colour to be understood. */
export type Mark = 'good' | 'warning' | 'bad' | 'none';

/** A word with the colour of its verdict. */
export const badge = (mark: Mark, word: string): Html => html`<span class="badge ${mark}">${word}</span>`;

/** A dialogue, folded until somebody wants to read it; on paper it is open. */
export function foldedLines(summary: string, lines: readonly string[]): Html {
  return html`<details><summary>${summary}</summary><pre>${lines.join('\n')}</pre></details>`;
}

const STYLE = `
:root{color-scheme:light dark;--text:#1b1f24;--faint:#59636e;--line:#d1d9e0;--ground:#fff;--box:#f6f8fa;
--good:#1a7f37;--warning:#9a6700;--bad:#cf222e}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--faint:#9198a1;--line:#3d444d;--ground:#0d1117;--box:#151b23;
--good:#3fb950;--warning:#d29922;--bad:#f85149}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:60rem;color:var(--text);background:var(--ground);
font:16px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.2rem}
.subtitle,.faint{color:var(--faint)}.subtitle{margin:.25rem 0 1rem}
table{width:100%;border-collapse:collapse}
th,td{padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
.badge{display:inline-block;min-width:4.5rem;font-weight:600}
.good{color:var(--good)}.warning{color:var(--warning)}.bad{color:var(--bad)}.none{color:var(--faint)}
details{margin:.25rem 0}summary{cursor:pointer;color:var(--faint)}
pre{margin:.25rem 0;padding:.6rem;overflow-x:auto;background:var(--box);border:1px solid var(--line);
font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}svg text{fill:var(--faint);font:12px system-ui,sans-serif}
@page{margin:15mm}
@media print{:root{--text:#000;--faint:#444;--line:#999;--ground:#fff;--box:#fff;--good:#000;--warning:#000;--bad:#000}
body{max-width:none;padding:0;font-size:10pt}details::details-content{content-visibility:visible;height:auto}
details>*{display:block}tr,svg{break-inside:avoid}h2{break-after:avoid}}
`;
