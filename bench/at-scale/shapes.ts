/** The searches with bars, and the first and the hundredth page of a search with that many pages. */
import { hasStatus, type Ask } from '../../tests/fhir.ts';
import { barShapes, readPools, type SearchShape } from '../search-shapes.ts';

/** The code that most Observations of the population have, and months in which they have it. */
const code = 'http%3A%2F%2Floinc.org%7C8867-4';
const months = ['2025-02', '2025-05', '2025-08', '2025-11', '2026-02', '2026-05'];
const deep = 100;

/** A search and one of its pages. */
interface Paged {
  readonly first: string;
  readonly deep: string;
}

/** Maximum number of matches per page for searches of a record, which grows with the number of Observations. */
const mostOfRecord = 15;

/**
 * The shapes of the smaller data, read through `ask`, are also run on the larger; pages are reached again by their links, since a link
 * belongs to one snapshot. The page for a patient and a category has a size that both data sets fill.
 */
export async function shapesAtScale(ask: Ask): Promise<readonly SearchShape[]> {
  const shapes: SearchShape[] = [];
  for (const shape of barShapes(await readPools(ask))) {
    if (shape.name === 'code + month') shapes.push({ ...shape, name: 'code + month, 50' });
    else shapes.push(shape.name === 'patient + category' ? await fillingPages(ask, shape) : shape);
  }
  return shapes;
}

/** The searches of a shape that fill a page, with a page size that at least a tenth of them reach. */
async function fillingPages(ask: Ask, shape: SearchShape): Promise<SearchShape> {
  const totals = new Map<string, number>();
  for (const path of shape.paths) totals.set(path, await totalOf(ask, path.replace(/&_count=\d+/, '')));
  const [most, ...others] = [...totals.values()].toSorted((a, b) => b - a);
  const usual = others[Math.floor(totals.size / 10)] ?? most ?? 0;
  const count = Math.max(1, Math.min(mostOfRecord, usual));
  const paths = shape.paths.filter((path) => totals.get(path)! >= count);
  return {
    ...shape,
    name: `${shape.name}, ${count}`,
    paths: paths.map((path) => path.replace(/_count=\d+/, `_count=${count}`)),
  };
}

async function totalOf(ask: Ask, path: string): Promise<number> {
  return (hasStatus(await ask('GET', `${path}&_summary=count`), 200).json() as { total: number }).total;
}

export async function pagedShapes(ask: Ask, count: number): Promise<readonly SearchShape[]> {
  const pages: Paged[] = [];
  for (const month of months) pages.push(await paged(ask, `Observation?code=${code}&date=${month}&_count=${count}`));
  return [
    { name: `code + month, page 1 of ${count}`, bar: 1.5, paths: pages.map(({ first }) => first) },
    { name: `code + month, page ${deep} of ${count}`, bar: 1.5, paths: pages.map((page) => page.deep) },
  ];
}

/** Matches on a page, chosen so that every month has more than a hundred pages. */
export async function countOfPages(ask: Ask): Promise<number> {
  const totals = await Promise.all(months.map((month) => totalOf(ask, `Observation?code=${code}&date=${month}`)));
  const count = Math.min(20, Math.floor(Math.min(...totals) / (deep + 1)));
  if (count < 1) throw new Error(`too few Observations of a month for ${deep} pages: ${totals.join(', ')}`);
  return count;
}

async function paged(ask: Ask, first: string): Promise<Paged> {
  let path = first;
  for (let page = 1; page < deep; page += 1) {
    const { link } = hasStatus(await ask('GET', path), 200).json() as { link: { relation: string; url: string }[] };
    const next = link.find(({ relation }) => relation === 'next')?.url;
    if (next === undefined) throw new Error(`${first} ends at page ${page}`);
    path = next.slice(next.indexOf('/fhir/') + '/fhir/'.length);
  }
  return { first, deep: path };
}
