/**
 * The time line of a case as one page: a lane for each layer of each device, to zoom, to drag and to click for what was
 * said and for the octets of a frame.
 */

import { ms } from '../../base/units.ts';
import { formatInstant } from '../../config/japan-time.ts';
import { type Html, html } from '../../report/html.ts';
import { badge, foldedLines, htmlPage } from '../../report/html-page.ts';
import { capturedPackets } from '../../wire/pcapng.ts';
import type { CaseResult, Failure, Lane } from '../case-result.ts';
import { timelineScript } from './timeline-script.ts';

/** A browser draws these without a wait; the trace beside the page has all. */
const MOST_MARKS = 20_000;
/** The beginning of a frame tells what it is. */
const SHOWN_OCTETS = 256;

const LANES: readonly Lane[] = ['device', 'line', 'ppp', 'tcp', 'smtp', 'radio'];

/** What the page's script draws. */
interface Mark {
  readonly at: number;
  /** Index into the lanes. */
  readonly lane: number;
  readonly direction: '>' | '<' | '-';
  readonly text: string;
  /** Octets of a frame, in hexadecimal. */
  readonly octets?: string;
}

/** @param replay the command that runs the case again */
export function timelinePage(result: CaseResult, replay: string): string {
  const { name, id, seed, verdict, failures, devices } = result;
  const lanes = lanesOf(result);
  const marks = marksOf(result, lanes);
  const dropped = result.evidence.eventsDropped + Math.max(0, marks.length - MOST_MARKS);
  return htmlPage({
    title: name,
    subtitle: `${id}, seed ${seed}, from ${formatInstant(ms(result.startedAt))}`,
    style: STYLE,
    script: timelineScript,
    data: { lanes: lanes.map(({ title }) => title), marks: marks.slice(0, MOST_MARKS) },
    body: html`<p>${badge(verdict === 'passed' ? 'good' : 'bad', verdict)} devices: ${devices.length}, mails that arrived: ${result.mails.length}</p>
${failures.map(failureItem)}
<p>Run it again: <code>${replay}</code></p>
<h2>Time line</h2>
<p class="faint">Wheel: zoom. Drag: move. Click a mark: what it is. Double click: everything.
${dropped > 0 ? html`${dropped} events had no room here.` : undefined}</p>
<svg id="timeline" role="img" aria-label="Events of the run by lane"></svg>
<pre id="detail">Click a mark.</pre>
<noscript>${foldedLines(
      'Events',
      marks.map(({ at, text }) => `${formatInstant(ms(at))} ${text}`),
    )}</noscript>`,
  });
}

const failureItem = ({ path, message, expected, found, file, line }: Failure): Html =>
  html`<div class="failure"><p>${badge('bad', 'failed')} ${message}</p>
<table><tr><th>where</th><td>${file}${line === undefined ? '' : `:${line}`} ${path}</td></tr>
<tr><th>expected</th><td>${expected}</td></tr><tr><th>found</th><td>${found}</td></tr></table></div>`;

interface LaneOfDevice {
  readonly device: string | undefined;
  readonly lane: Lane | 'frames';
  readonly title: string;
}

/** Of each device the lanes in which something happened, then those of the network as a whole. */
function lanesOf({ evidence, devices }: CaseResult): LaneOfDevice[] {
  const used = new Set(evidence.events.map(({ device, lane }) => `${device} ${lane}`));
  return [...devices.map(({ name }) => name), undefined].flatMap((device) => {
    const lanes = LANES.filter((lane) => used.has(`${device} ${lane}`));
    const frames = device !== undefined && evidence.captures[device] !== undefined;
    const named = frames ? [...lanes, 'frames' as const] : lanes;
    return named.map((lane) => ({ device, lane, title: `${device ?? 'network'} ${lane}` }));
  });
}

function marksOf({ evidence }: CaseResult, lanes: readonly LaneOfDevice[]): Mark[] {
  const laneAt = new Map(lanes.map(({ device, lane }, index) => [`${device} ${lane}`, index]));
  const events = evidence.events.map(({ at, device, lane, direction, text }): Mark => {
    return { at, lane: laneAt.get(`${device} ${lane}`) ?? 0, direction, text };
  });
  const frames = Object.entries(evidence.captures).flatMap(([device, capture]) =>
    capturedPackets(Buffer.from(capture, 'base64')).map(({ at, packet }): Mark => {
      const frame = packet.subarray(1);
      return {
        at,
        lane: laneAt.get(`${device} frames`) ?? 0,
        direction: packet[0] === 1 ? '>' : '<',
        text: `PPP frame, ${frame.length} octets`,
        octets: Buffer.from(frame.subarray(0, SHOWN_OCTETS)).toString('hex'),
      };
    }),
  );
  return [...events, ...frames].sort((a, b) => a.at - b.at);
}

const STYLE = `
body{max-width:none}.failure{margin:1rem 0;padding:.5rem 1rem;border-left:4px solid var(--bad);background:var(--box)}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}th{width:7rem}
#timeline{display:block;width:100%;border:1px solid var(--line);cursor:grab;touch-action:none}
#timeline line{stroke:var(--line)}#timeline .mark{cursor:pointer;fill:var(--faint)}
#timeline .out{fill:var(--good)}#timeline .in{fill:#0969da}#timeline .chosen{stroke:var(--text);stroke-width:2}
#detail{min-height:6rem}
`;
