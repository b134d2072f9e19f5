/**
 * A flame graph of a CPU profile as SVG: siblings from left to right by name, callers below the functions that they call. It needs only a
 * browser; hovering over a box shows the function, its file and its share.
 */
import { Session, type Profiler } from 'node:inspector/promises';

/** Profiles a piece of work of this process. */
export async function profileOf(work: () => void): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    work();
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}

interface Frame {
  readonly name: string;
  readonly place: string;
  /** Microseconds, including called functions. */
  time: number;
  readonly calls: Map<string, Frame>;
}

const width = 1200;
const rowHeight = 17;
const margin = 10;
const titleHeight = 30;
/** Pixels below which a box is not worth drawing. */
const leastWidth = 0.4;
/** Pixels of a letter of the labels. */
const letter = 6.6;

/** @param title of the measurement, for readers */
export function flameGraph(profile: Profiler.Profile, title: string): string {
  const root = framesOf(profile);
  const boxes: string[] = [];
  let depth = 0;
  const draw = (frame: Frame, level: number, x: number): void => {
    const size = (frame.time / root.time) * (width - 2 * margin);
    if (size < leastWidth) return;
    depth = Math.max(depth, level);
    boxes.push(boxOf(frame, level, x, size, frame.time / root.time));
    let at = x;
    for (const call of [...frame.calls.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      draw(call, level + 1, at);
      at += (call.time / root.time) * (width - 2 * margin);
    }
  };
  draw(root, 0, margin);
  const height = (depth + 1) * rowHeight + titleHeight + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fffdf7"/>`,
    `<text x="${margin}" y="20" font-size="15" font-family="sans-serif">${escaped(title)}</text>`,
    // Callers are below: the root is the lowest row.
    `<g transform="translate(0 ${height - margin - rowHeight})">`,
    ...boxes,
    '</g></svg>\n',
  ].join('\n');
}

/** The tree of calls; calls of one function by one caller share a frame. */
function framesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const root: Frame = { name: 'all', place: '', time: 0, calls: new Map() };
  samples.forEach((id, index) => {
    const time = timeDeltas[index] ?? 0;
    const stack: Profiler.ProfileNode[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.unshift(byId.get(at)!);
    if (stack.at(-1)?.callFrame.functionName === '(idle)') return;
    root.time += time;
    let frame = root;
    for (const { callFrame } of stack.slice(1)) {
      const name = callFrame.functionName || '(anonymous)';
      const place = `${callFrame.url.split('/').slice(-3).join('/')}:${callFrame.lineNumber + 1}`;
      const key = `${name} ${place}`;
      const called = frame.calls.get(key) ?? { name, place, time: 0, calls: new Map() };
      frame.calls.set(key, called);
      called.time += time;
      frame = called;
    }
  });
  return root;
}

function boxOf({ name, place }: Frame, level: number, x: number, size: number, share: number): string {
  const label = size > 4 * letter ? name.slice(0, Math.floor((size - 4) / letter)) : '';
  const y = -level * rowHeight;
  return [
    `<g><title>${escaped(`${name} ${place}`)} – ${(share * 100).toFixed(1)} %</title>`,
    `<rect x="${x.toFixed(1)}" y="${y}" width="${size.toFixed(1)}" height="${rowHeight - 1}" rx="2" fill="${colourOf(name, place)}"/>`,
    label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`,
    '</g>',
  ].join('');
}

/** Warm colours by name for the project's code, a cool one for the runtime. */
function colourOf(name: string, place: string): string {
  if (name.startsWith('(') || place.startsWith(':')) return '#b8cbe0';
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) % 997;
  return `hsl(${20 + (hash % 30)} 90% ${62 + (hash % 16)}%)`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
