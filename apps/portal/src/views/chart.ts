/** Charts of counted rows, as SVG drawings within the page, and the same numbers as a table. */
import type { Tally } from '@dhp/sql-on-fhir/library';
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { viewsMessages } from '../texts/views.ts';
import { leastPatients, others, type Bar, type Counted, type Figure } from './tally.ts';

/** Rows of the table. */
const mostRows = 200;

interface ShownChart {
  readonly tally: Tally;
  readonly counted: Counted;
  readonly title: string;
  /** Address of the numbers as CSV. */
  readonly csv: string;
}

export function chartSection(page: Page, shown: ShownChart): Html {
  const text = viewsMessages[page.language].chart;
  const { tally, counted, title } = shown;
  const { bars } = counted;
  if (bars.length === 0) return markup`<p class="notice" role="status">${text.none}</p>`;
  const drawn = tally.order === 'value' ? bars.slice(-tally.most) : bars.slice(0, tally.most);
  const isTime =
    tally.order === 'value' && drawn.length > 6 && drawn.every(({ value }) => /^\d{4}(?:-\d\d)?$/.test(value));
  return markup`<figure class="figure" aria-labelledby="chart-title">
      <figcaption>
        <strong id="chart-title">${title}</strong>
        <span>${measureWords(page, tally)} ${drawn.length < bars.length && text.part({ shown: String(drawn.length), count: String(bars.length) })}</span>
        ${legend(page, tally, counted)}
      </figcaption>
      ${isTime ? columns(page, tally, drawn) : rows(page, tally, drawn)}
      ${counted.hasFew && markup`<p class="quiet few-note"><i class="is-few"></i>${text.few({ least: String(leastPatients) })}</p>`}
    </figure>
    <details>
      <summary>${text.table}</summary>
      ${table(page, shown)}
    </details>
    <p class="actions"><a class="button other" href="${shown.csv}" download>${text.csv}</a></p>`;
}

function measureWords({ language }: Page, { median }: Tally): string {
  const text = viewsMessages[language].chart;
  return median === undefined ? text.counts : text.medians[median.unit];
}

/** Text for a value, if the list that the tally names has one. */
function valueWords({ language }: Page, value: string, list: string | undefined): string {
  const text = viewsMessages[language];
  if (value === '') return text.chart.nothing;
  if (value === others) return text.chart.others;
  const words: Readonly<Record<string, Readonly<Record<string, string>>>> = text.words;
  const own = list === undefined ? undefined : words[list];
  return own !== undefined && Object.hasOwn(own, value) ? own[value]! : value;
}

function legend(page: Page, { partWords }: Tally, { parts }: Counted): Html | undefined {
  if (parts.length < 2) return undefined;
  return markup`<span class="legend"
    >${parts.map((part, n) => markup`<span><i class="part-${String(n)}"></i>${valueWords(page, part, partWords)}</span>`)}</span
  >`;
}

const numberOf = ({ language }: Page): Intl.NumberFormat =>
  new Intl.NumberFormat(language === 'en' ? 'en-GB' : language);

/** A figure as text; a suppressed one as its upper bound. */
const figureWords = (page: Page, figure: Figure): string =>
  figure === 'few' ? `<${String(leastPatients)}` : numberOf(page).format(figure);

const sizeOf = (figure: Figure): number => (figure === 'few' ? 0 : figure);

/** Lengths of the parts of a bar; a bar without parts has its own length. */
const lengthsOf = ({ total, parts }: Bar): number[] => (parts.length === 0 ? [sizeOf(total)] : parts.map(sizeOf));

/** The length of a bar; a suppressed part counts with its drawn size. */
const reachOf = (bar: Bar): number => lengthsOf(bar).reduce((sum, one) => sum + one, 0);

const short = (value: number): string => String(Number(value.toFixed(2)));

/** Bars below each other, each with its name and its number: they have room for text, on a telephone too. */
function rows(page: Page, { words }: Tally, bars: readonly Bar[]): Html {
  const most = Math.max(1, ...bars.map(reachOf));
  const row = (bar: Bar): Html => {
    let x = 0;
    const parts = lengthsOf(bar).map((length, n) => {
      const wide = (length / most) * 1000;
      const drawn =
        wide === 0
          ? markup``
          : markup`<rect class="part-${String(n)}" x="${short(x)}" y="0" width="${short(Math.max(wide, 2))}" height="10" />`;
      x += wide;
      return drawn;
    });
    const isFew = bar.total === 'few' || bar.parts.includes('few');
    const few = isFew && markup`<rect class="is-few" x="${short(Math.min(x, 988))}" y="0" width="12" height="10" />`;
    return markup`<li>
      <span class="name">${valueWords(page, bar.value, words)}</span>
      <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${parts}${few}</svg>
      <span class="number">${figureWords(page, bar.total)}</span>
    </li>`;
  };
  return markup`<ul class="bars">
    ${bars.map(row)}
  </ul>`;
}

/** Units of the drawing of columns; the page stretches it. */
const [width, height] = [1000, 240];

/** Columns side by side, from the earliest to the latest, with gaps for empty periods. */
function columns(page: Page, { words }: Tally, bars: readonly Bar[]): Html {
  const all = withGaps(bars);
  const most = Math.max(1, ...all.map(reachOf));
  const step = width / all.length;
  const drawn = all.flatMap((bar, n) => {
    let top = height;
    const isFew = bar.total === 'few' || bar.parts.includes('few');
    const title = markup`<title>${valueWords(page, bar.value, words)}: ${figureWords(page, bar.total)}</title>`;
    const box = (name: string, y: number, high: number): Html =>
      markup`<rect class="${name}" x="${short(n * step + step * 0.1)}" y="${short(y)}" width="${short(step * 0.8)}" height="${short(high)}">${title}</rect>`;
    const parts = lengthsOf(bar).map((length, part) => {
      const high = (length / most) * (height - 8);
      top -= high;
      return high === 0 ? markup`` : box(`part-${String(part)}`, top, high);
    });
    return isFew ? [...parts, box('is-few', top - 8, 8)] : parts;
  });
  const [first, last] = [all[0]!, all.at(-1)!];
  const middle = all[Math.floor((all.length - 1) / 2)]!;
  return markup`<div class="columns">
    <p class="scale"><span>${numberOf(page).format(most)}</span><span>0</span></p>
    <svg viewBox="0 0 ${String(width)} ${String(height)}" preserveAspectRatio="none" aria-hidden="true">
      <path class="grid" d="M0 ${String(height / 2)}H${String(width)}M0 8H${String(width)}" />
      ${drawn}
    </svg>
    <p class="ends">${[first, middle, last].map(({ value }) => markup`<span>${valueWords(page, value, words)}</span>`)}</p>
  </div>`;
}

/** Adds empty columns for years or months without data. */
function withGaps(bars: readonly Bar[]): readonly Bar[] {
  const known = new Map(bars.map((bar) => [bar.value, bar]));
  const [first, last] = [bars[0]!.value, bars.at(-1)!.value];
  const filled: Bar[] = [];
  for (let value = first; filled.length < 120; value = next(value)) {
    filled.push(known.get(value) ?? { value, total: 0, parts: [] });
    if (value >= last) return filled;
  }
  return bars;
}

function next(value: string): string {
  const [year = 0, month] = value.split('-').map(Number);
  if (month === undefined) return String(year + 1).padStart(4, '0');
  return month === 12 ? `${String(year + 1)}-01` : `${String(year)}-${String(month + 1).padStart(2, '0')}`;
}

function table(page: Page, { tally, counted, title }: ShownChart): Html {
  const text = viewsMessages[page.language].chart;
  const { bars, parts } = counted;
  const hasParts = parts.length > 1;
  const head =
    hasParts &&
    parts.map((part) => markup`<th scope="col" class="number">${valueWords(page, part, tally.partWords)}</th>`);
  const row = (bar: Bar): Html =>
    markup`<tr>
      <th scope="row">${valueWords(page, bar.value, tally.words)}</th>
      ${hasParts && bar.parts.map((one) => markup`<td class="number">${figureWords(page, one)}</td>`)}
      <td class="number">${figureWords(page, bar.total)}</td>
    </tr>`;
  return markup`<div class="wide" role="region" aria-label="${title}" tabindex="0">
      <table class="files">
        <thead>
          <tr>
            <th scope="col"><code translate="no">${tally.by}</code></th>
            ${head}
            <th scope="col" class="number">${tally.median === undefined ? text.sum : measureWords(page, tally)}</th>
          </tr>
        </thead>
        <tbody>
          ${bars.slice(0, mostRows).map(row)}
        </tbody>
      </table>
    </div>
    ${bars.length > mostRows && markup`<p class="quiet">${text.more({ count: String(mostRows) })}</p>`}`;
}

/** The numbers as CSV (RFC 4180): values as the view has them, suppressed ones as their bound. */
export function chartCsv({ tally, counted }: Pick<ShownChart, 'tally' | 'counted'>): string {
  const { bars, parts } = counted;
  const hasParts = parts.length > 1;
  const shown = (figure: Figure): string => (figure === 'few' ? `<${String(leastPatients)}` : String(figure));
  const whole = tally.median === undefined ? 'count' : `median_${tally.median.unit}`;
  const lines = [
    [tally.by, ...(hasParts ? parts.map((part) => `${tally.parts ?? ''}=${part}`) : []), whole],
    ...bars.map((bar) => [bar.value, ...(hasParts ? bar.parts.map(shown) : []), shown(bar.total)]),
  ];
  return lines.map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

/** A formula of a spreadsheet stays text: a value that begins as one gets an apostrophe. */
function quoted(value: string): string {
  const safe = /^[=+\-@\t]/.test(value) && !/^-?\d/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
