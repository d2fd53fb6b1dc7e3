/** What a time line's page does in a browser: draws the marks that are in view, zooms, moves, and tells what was clicked. */
export const timelineScript = `
'use strict';
const { lanes, marks } = JSON.parse(document.getElementById('data').textContent);
const svg = document.getElementById('timeline');
const detail = document.getElementById('detail');
const LEFT = 140, TOP = 24, LANE = 22;
const first = marks.length ? marks[0].at : 0;
const last = Math.max(first + 1, marks.length ? marks[marks.length - 1].at : 0);
let from = first, to = last, chosen = -1;

const element = (name, attributes, text) => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key of Object.keys(attributes)) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
};
const width = () => Math.max(300, svg.clientWidth) - LEFT - 10;
const xOf = (at) => LEFT + ((at - from) / (to - from)) * width();
// Japan time, as the field reads it.
const clock = (at) => new Date(at + 9 * 3600e3).toISOString().replace('T', ' ').slice(0, 23);

function draw() {
  const height = TOP + lanes.length * LANE + 8;
  svg.setAttribute('height', height);
  svg.setAttribute('viewBox', '0 0 ' + (width() + LEFT + 10) + ' ' + height);
  const parts = [];
  for (let tick = 0; tick <= 4; tick += 1) {
    const at = from + ((to - from) * tick) / 4;
    parts.push(element('line', { x1: xOf(at), x2: xOf(at), y1: TOP - 6, y2: height }));
    const anchor = tick === 0 ? 'start' : tick === 4 ? 'end' : 'middle';
    parts.push(element('text', { x: xOf(at), y: 12, 'text-anchor': anchor }, clock(at)));
  }
  lanes.forEach((title, lane) => {
    const y = TOP + lane * LANE + LANE / 2;
    parts.push(element('line', { x1: LEFT, x2: LEFT + width(), y1: y, y2: y }));
    parts.push(element('text', { x: 4, y: y + 4 }, title));
  });
  // Marks on the same pixel of a lane are one.
  const drawn = new Set();
  marks.forEach(({ at, lane, direction }, index) => {
    if (at < from || at > to) return;
    const place = lane + ' ' + Math.round(xOf(at)) + ' ' + direction;
    if (drawn.has(place) && index !== chosen) return;
    drawn.add(place);
    const kind = direction === '>' ? 'mark out' : direction === '<' ? 'mark in' : 'mark';
    const y = TOP + lane * LANE + (direction === '>' ? 3 : direction === '<' ? 11 : 6);
    const box = { x: xOf(at) - 1.5, y, width: 4, height: direction === '-' ? 10 : 8 };
    parts.push(element('rect', { ...box, class: kind + (index === chosen ? ' chosen' : ''), 'data-index': index }));
  });
  svg.replaceChildren(...parts);
}

function hexLines(octets) {
  const lines = [];
  for (let at = 0; at < octets.length; at += 32) {
    const pairs = octets.slice(at, at + 32).match(/../g);
    const text = pairs.map((pair) => {
      const code = parseInt(pair, 16);
      return code > 31 && code < 127 ? String.fromCharCode(code) : '.';
    });
    lines.push((at / 2).toString(16).padStart(4, '0') + '  ' + pairs.join(' ').padEnd(48) + text.join(''));
  }
  return lines.join('\\n');
}

function tell(index) {
  chosen = index;
  const around = marks.slice(Math.max(0, index - 3), index + 4).map((mark) =>
    (mark === marks[index] ? '→ ' : '  ') + clock(mark.at) + '  ' + lanes[mark.lane] + ' ' + mark.direction + ' ' + mark.text);
  const { octets } = marks[index];
  detail.textContent = around.join('\\n') + (octets === undefined ? '' : '\\n\\n' + hexLines(octets));
  draw();
}

svg.addEventListener('wheel', (event) => {
  event.preventDefault();
  const at = from + ((event.offsetX - LEFT) / width()) * (to - from);
  const factor = Math.exp(event.deltaY / 400);
  from = Math.max(first, at - (at - from) * factor);
  to = Math.min(last, Math.max(from + 1, at + (to - at) * factor));
  draw();
}, { passive: false });

let grip;
svg.addEventListener('pointerdown', (event) => { grip = { x: event.clientX, from, to, moved: false }; });
window.addEventListener('pointermove', (event) => {
  if (!grip) return;
  const shift = ((grip.x - event.clientX) / width()) * (grip.to - grip.from);
  if (Math.abs(grip.x - event.clientX) > 3) grip.moved = true;
  if (grip.from + shift < first || grip.to + shift > last) return;
  from = grip.from + shift;
  to = grip.to + shift;
  draw();
});
window.addEventListener('pointerup', (event) => {
  const wasClick = grip && !grip.moved;
  grip = undefined;
  const index = event.target instanceof Element ? event.target.getAttribute('data-index') : null;
  if (wasClick && index !== null) tell(Number(index));
});
svg.addEventListener('dblclick', () => { from = first; to = last; draw(); });
window.addEventListener('resize', draw);
draw();
`;
