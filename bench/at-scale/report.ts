/** The results at scale as Markdown, for docs/reports/searches-at-scale.md and for a terminal. */
import { markdownTable } from '../../tests/markdown-table.ts';
import { median } from '../results.ts';
import type { SearchMeasured } from '../searches.ts';
import type { AtScale, Stage } from './at-scale.ts';

/** The larger may take so many times the smaller. */
const growthBar = 1.3;

const number = (value: number | undefined, digits = 0): string =>
  value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function scaleReport({ facts, settings, stages }: AtScale): string {
  const [small, large] = [stages[0]!, stages.at(-1)!];
  const loads = stages.map(
    ({ load }) =>
      `${number(load.resources)} resources in ${number(load.seconds)} s (${number(load.resources / load.seconds)} a second)`,
  );
  return `${[
    '# Searches at scale',
    '',
    `Made by \`npm run bench -- --only search --observations ${large.observations} --write\`. ${number(settings.patients)} patients of the synthetic population with their Encounters, and ${number(small.observations)} or ${number(large.observations)} Observations: those of each record again on other days of two years. The same searches at both sizes, one connection, medians of ${settings.rounds} rounds of ${settings.seconds} s, each size beside the other in turn; pages are reached by their links. Loaded while the platform ran: ${loads.join(' and ')}.`,
    '',
    '## Searches',
    '',
    `A p50 holds all that happens between the client's question and its answer. Growth is that of the p50, and that of the CPU of server and PostgreSQL; the bar for it is ${growthBar}. The least p50 is that of the quietest round: where others use the machine, it says more of the program, and the median more of the machine. The verdict goes by the medians. Matches are those on the page of the first of its searches. A record has more Observations at the larger size, so of a patient and a category a page of a few is asked, of those records that fill it at the smaller size, too: both answers are as large, and the larger has more to pass over. Of a patient and a code all are asked, up to 20, and the larger size has more of them to answer with.`,
    '',
    markdownTable(searchHead, searchRows(small, large), searchHead.map((_, column) => column).slice(1, -1)),
    '',
    '## Sizes',
    '',
    `The bar: all that exists for searches takes no more than the bodies.`,
    '',
    markdownTable(totalHead, stages.map(totalRow), [1, 2, 3, 4]),
    '',
    `With ${number(large.observations)} Observations, each table and index, without those below 1 MB; scans since the load began.`,
    '',
    markdownTable(sizeHead, sizeRows(large), [2, 3, 4]),
    '',
    '## The machine',
    '',
    markdownTable(['What', 'Which'], Object.entries(facts)),
  ].join('\n')}\n`;
}

const searchHead = [
  'Search',
  'Bar ms',
  'matches, few',
  'matches, all',
  'p50 ms, few',
  'p50 ms, all',
  'CPU µs, few',
  'CPU µs, all',
  'least p50 ms, few',
  'least p50 ms, all',
  'growth of p50',
  'growth of CPU',
  'Verdict',
];

function searchRows(small: Stage, large: Stage): string[][] {
  return large.searches.map((each) => {
    const before = small.searches.find(({ name }) => name === each.name);
    const [p50s, cpus] = [[before, each].map(p50), [before, each].map(cpu)];
    const growth = ([from, to]: readonly (number | undefined)[]): number => (to ?? Number.NaN) / (from ?? Number.NaN);
    const isFast = (p50s[1] ?? Infinity) < (each.bar ?? Infinity);
    const isEven = growth(p50s) <= growthBar;
    const verdict = isFast && isEven ? 'reached' : isFast ? 'grows' : isEven ? 'too slow' : 'too slow, grows';
    return [
      each.name,
      number(each.bar, 1),
      ...[before, each].map((search) => number(search?.matches)),
      ...p50s.map((value) => number(value, 2)),
      ...cpus.map((value) => number(value)),
      ...[before, each].map((search) => number(leastP50(search), 2)),
      number(growth(p50s), 2),
      number(growth(cpus), 2),
      verdict,
    ];
  });
}

function p50(search: SearchMeasured | undefined): number | undefined {
  return median(search?.runs.map((run) => run.p50) ?? []);
}

/**
 * Returns the median of the quietest round: on a shared machine it depends more on the program, and the median of all rounds more on the
 * machine.
 */
function leastP50(search: SearchMeasured | undefined): number | undefined {
  const all = (search?.runs ?? []).flatMap((run) => run.p50 ?? []);
  return all.length === 0 ? undefined : Math.min(...all);
}

function cpu(search: SearchMeasured | undefined): number | undefined {
  return median(search?.runs.map((run) => sum(run.serverMicroseconds, run.postgresMicroseconds)) ?? []);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

const totalHead = ['Observations', 'resources', 'bodies MB', 'index MB', 'of the bodies'];

function totalRow({ observations, sizes: { resources, bodies, relations } }: Stage): string[] {
  const index = relations.reduce((all, { bytes }) => all + bytes, 0);
  return [
    number(observations),
    number(resources),
    number(bodies / 1e6),
    number(index / 1e6),
    `${number((100 * index) / bodies)} %`,
  ];
}

const sizeHead = ['Table', 'Index', 'MB', '% of the bodies', 'scans'];

function sizeRows({ sizes: { bodies, relations } }: Stage): string[][] {
  return relations.map(({ name, table, bytes, scans }) => [
    table,
    name === table ? '' : name,
    number(bytes / 1e6, 1),
    number((100 * bytes) / bodies, 1),
    scans === undefined ? '' : number(scans),
  ]);
}
