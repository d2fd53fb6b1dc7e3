/** A report as one HTML file: what was found, the measurements, the signal as a chart, the dialogue folded. */
import { type Html, html } from '../report/html.ts';
import { badge, foldedLines, htmlPage, type Mark } from '../report/html-page.ts';
import type { BenchReport, StationReport } from './bench-report.ts';
import { outcomeInWords } from './report-text.ts';

const MARK_OF = {
  ok: 'good',
  warning: 'warning',
  failed: 'bad',
  skipped: 'none',
  interrupted: 'none',
} as const satisfies Record<string, Mark>;

export function htmlReport(report: BenchReport): string {
  const { port, startedAt, identity, profile, outcome, signals } = report;
  const module =
    identity === null ? 'unknown' : `${identity.manufacturer} ${identity.model} ${identity.revision}`;
  return htmlPage({
    title: `Bench of ${port}`,
    subtitle: `${startedAt}, ${(report.durationMs / 1000).toFixed(0)} s`,
    style: STYLE,
    body: html`
<p class="outcome">${badge(MARK_OF[outcome], outcomeInWords(report))}</p>
<table class="facts">
${fact('Module', module)}
${fact('Serial number', identity?.serialNumber)}
${fact('Profile', profile === null ? 'none' : `${profile.name}: ${profile.title}${profile.score === undefined ? '' : ` (${profile.score} % sure)`}`)}
${fact('Calendar asked for', report.at)}
</table>
${profile?.reasons === undefined ? undefined : foldedLines('why this profile', profile.reasons)}
<h2>Stations</h2>
<table class="stations">
<thead><tr><th>Verdict</th><th>Station</th><th>Found</th><th>Time</th></tr></thead>
<tbody>
${report.stations.map(stationRow)}
</tbody>
</table>
${signals.length < 2 ? undefined : html`<h2>Signal</h2>${signalChart(signals)}`}
`,
  });
}

const fact = (name: string, value: string | undefined): Html | undefined =>
  value === undefined || value === '' ? undefined : html`<tr><th>${name}</th><td>${value}</td></tr>`;

function stationRow(station: StationReport): Html {
  const { verdict, name, title, summary, code, advice, measurement, evidence, durationMs, costs } = station;
  const measured = Object.entries(measurement ?? {}).map(([key, value]) => `${key}: ${String(value)}`);
  return html`<tr id="${name}">
<td>${badge(MARK_OF[verdict], verdict)}</td>
<td>${title}${costs === undefined ? undefined : html`<br><span class="faint">${costs}</span>`}</td>
<td>${summary}
${code === undefined || verdict === 'skipped' ? undefined : html`<br><code>${code}</code>`}
${advice === undefined ? undefined : html`<br><strong>${advice}</strong>`}
${measured.length === 0 ? undefined : foldedLines('measurements', measured)}
${evidence.length === 0 ? undefined : foldedLines('dialogue', evidence)}</td>
<td class="time">${(durationMs / 1000).toFixed(1)} s</td>
</tr>
`;
}

const WIDTH = 640;
const HEIGHT = 180;
const LEFT = 60;
const BOTTOM = 150;
const TOP = 15;
/** The range in which modules measure. */
const STRONGEST_DBM = -51;
const WEAKEST_DBM = -113;

function signalChart(signals: BenchReport['signals']): Html {
  const first = signals[0]?.afterMs ?? 0;
  const span = Math.max(1, (signals.at(-1)?.afterMs ?? 0) - first);
  const x = (afterMs: number) => Math.round(LEFT + ((afterMs - first) * (WIDTH - LEFT - 15)) / span);
  const y = (dbm: number) =>
    Math.round(TOP + ((STRONGEST_DBM - dbm) * (BOTTOM - TOP)) / (STRONGEST_DBM - WEAKEST_DBM));
  const points = signals.map(({ afterMs, dbm }) => `${x(afterMs)},${y(dbm)}`).join(' ');
  const levels = [-60, -85, -100, -107];
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="signal in dBm over time">
${levels.map((dbm) => html`<line class="level" x1="${LEFT}" x2="${WIDTH - 15}" y1="${y(dbm)}" y2="${y(dbm)}"/><text x="5" y="${y(dbm) + 4}">${dbm} dBm</text>`)}
<polyline points="${points}"/>
${signals.map(({ afterMs, dbm }) => html`<circle cx="${x(afterMs)}" cy="${y(dbm)}" r="3"><title>${dbm} dBm after ${(afterMs / 1000).toFixed(0)} s</title></circle>`)}
<text x="${LEFT}" y="${HEIGHT - 8}">after ${(first / 1000).toFixed(0)} s</text>
<text x="${WIDTH - 15}" y="${HEIGHT - 8}" text-anchor="end">${((first + span) / 1000).toFixed(0)} s</text>
</svg>`;
}

const STYLE = `
.outcome{font-size:1.3rem}.facts th{width:12rem;font-weight:normal;color:var(--faint)}
.time{white-space:nowrap;text-align:right}
svg polyline{fill:none;stroke:var(--good);stroke-width:2}svg circle{fill:var(--good)}
svg .level{stroke:var(--line);stroke-dasharray:4 4}
`;
