/** Charts of requests as SVG drawings within the page: they need no script, and the text beside them states the same. */
import { markup, type Html } from '@dhp/web-kit';
import type { Bucket } from './shapes.ts';

/** Units of the drawing; the page stretches it. */
const [width, height] = [600, 120];

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly stretch: number;
}

interface Column {
  readonly x: number;
  readonly wide: number;
}

/** Place of a stretch of time in the drawing. */
function columnOf({ from }: Bucket, span: Span): Column {
  const scale = width / (span.to - span.from);
  const x = Math.max(0, (from - span.from) * scale);
  return { x, wide: Math.max(1.5, Math.min(span.stretch * scale - 0.75, width - x)) };
}

/** Answers in columns: successes at the bottom, then refusals, then failures. */
export function countsChart(buckets: readonly Bucket[], span: Span): Html {
  const most = Math.max(1, ...buckets.map(({ fine, refused, failed }) => fine + refused + failed));
  const bars = buckets.flatMap((bucket) => {
    const { x, wide } = columnOf(bucket, span);
    let top = height;
    return (['fine', 'refused', 'failed'] as const).map((name) => {
      const high = (bucket[name] / most) * (height - 4);
      top -= high;
      return high === 0 ? markup`` : rectangle(name, { x, y: top, wide, high });
    });
  });
  return drawing(bars);
}

/** Durations in columns: the 95th percentile behind, the median in front. */
export function timesChart(buckets: readonly Bucket[], span: Span): Html {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.most ?? 0));
  const bars = buckets.flatMap((bucket) => {
    const { x, wide } = columnOf(bucket, span);
    return (['most', 'half'] as const).map((name) => {
      const high = ((bucket[name] ?? 0) / most) * (height - 4);
      return rectangle(name, { x, y: height - high, wide, high });
    });
  });
  return drawing(bars);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly high: number;
}

const rectangle = (name: string, { x, y, wide, high }: Box): Html =>
  markup`<rect class="is-${name}" x="${short(x)}" y="${short(y)}" width="${short(wide)}" height="${short(high)}" />`;

const short = (value: number): string => value.toFixed(1);

const drawing = (bars: readonly Html[]): Html =>
  markup`<svg class="chart" viewBox="0 0 ${String(width)} ${String(height)}" preserveAspectRatio="none" aria-hidden="true">
    ${bars}
  </svg>`;
