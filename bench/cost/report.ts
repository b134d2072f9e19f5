import { markdownTable } from '../../tests/markdown-table.ts';
import type { Facts } from '../machine.ts';
import { chargesOf, mostDear, usualOf, type Charge } from './charge.ts';
import { enough, mostRatio, ratioOf, total, type Measured } from './measure.ts';

const says: Readonly<Record<Measured['verdict'], string>> = {
  linear: 'grows with n',
  refused: 'bounded: 4n is refused',
  small: 'too little to tell',
  'too steep': 'TOO STEEP',
};

/** The report of a run, as Markdown. @param known total number of shapes */
export function costReport(all: readonly Measured[], known: number, facts: Facts, day: string): string {
  const areas = [...new Set(all.map(({ area }) => area))];
  const steep = all.filter(({ verdict }) => verdict === 'too steep');
  const refused = all.filter(({ verdict }) => verdict === 'refused');
  return [
    `# What one request costs, ${day}`,
    '',
    `Made by \`npm run cost\`. ${all.length} of ${known} shapes of input, one for each construct of which a caller says how many there are: each is sent over HTTP to a real platform with n, 2n and 4n of it, and must get the answer that says that its work was reached. What is measured is CPU time, not time that passes, so that other programs on the machine disturb little: that of the threads of the platform's processes and of PostgreSQL, from /proc, the least of two or three requests each; a shape that looks too steep is measured up to two times more, with four times the n where there is room: what grows with the square stays steep, but not what waits for an amount, as the list of new entries that PostgreSQL merges into an index when it is full, or what costs more once from a size on, as a body over 1 MiB, which goes to another thread. Rows may come from several runs (\`--results\`). n is raised until a request costs ${enough} ms, or until the limit of what fits is near. Four times the input may cost at most ${mostRatio} times as much: a line gives 4, a square 16. A shape whose 4n is refused by a limit, while n is not, is bounded by that limit; one that costs less than ${enough} ms at 4n is too small for a ratio, and too small to harm.`,
    '',
    `${all.length - steep.length - refused.length} grow at most with their input or cost too little to tell, ${refused.length} are refused beyond a limit, ${steep.length} are too steep.`,
    '',
    ...areas.flatMap((area) => [
      `## ${area}`,
      '',
      markdownTable(columns, all.filter((one) => one.area === area).map(rowOf), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
      '',
    ]),
    ...chargeSection(chargesOf(all)),
    '## Machine',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}

const columns = [
  ...['Shape', 'n', 'Status, n', 'Status, 4n', 'ms, n', 'ms, 2n', 'ms, 4n', 'of it PostgreSQL', 'Units, 4n'],
  ...['4n : n', 'Verdict'],
];

/** Rows of the tables of the most expensive shapes. */
const shown = 30;

function chargeSection(charges: readonly Charge[]): string[] {
  const usual = usualOf(charges);
  if (usual === undefined) return [];
  const dear = charges.filter(({ perUnit }) => perUnit !== undefined);
  const undercharged = charges.filter((one) => one.isUndercharged);
  const largest = [...charges].sort((a, b) => b.most - a.most);
  return [
    '## What a unit of work costs',
    '',
    `The budget of a request ends it after so many units of work, which protects the server as far as all units cost about the same. Here the CPU time that 4n cost more than n is divided by the units that they are charged more; what is too little to tell is left out, as is the SSO, which counts no units and takes small bodies alone. The median of ${dear.length} shapes is ${usual.toFixed(0)} ns. A shape whose unit costs more than ${mostDear} times as much is undercharged, unless another limit ends it before it costs as much as all units of a request do: ${undercharged.length} are. Times are compared as if the processor had been equally fast all the time, by a computation that is made beside each shape.`,
    '',
    markdownTable(
      ['Shape', 'Area', 'Units, 4n', 'ns a unit', 'Times the median', 'Undercharged'],
      dear
        .slice(0, shown)
        .map((one) => [
          ...[one.measured.name, one.measured.area, unitsOf(one.measured)],
          ...[one.perUnit!.toFixed(0), one.dear!.toFixed(1), one.isUndercharged ? 'YES' : 'no'],
        ]),
      [2, 3, 4],
    ),
    '',
    'The requests that cost most, if they grow on as from n to 4n until the first default limit ends them: that of the body, of the address, of the units, or the one that 2n or 4n have met. The limit of a single resource, a tenth of that of a request, is not counted in.',
    '',
    markdownTable(
      ['Shape', 'Area', 'Seconds of CPU at most'],
      largest.slice(0, shown).map(({ measured, most }) => [measured.name, measured.area, most.toFixed(1)]),
      [2],
    ),
    '',
  ];
}

const unitsOf = ({ costs: [, , four] }: Measured): string =>
  four.work === undefined ? '' : Math.round(four.work).toLocaleString('en');

/** Cells of `columns`. */
export function rowOf(measured: Measured): string[] {
  const { name, n, costs, verdict } = measured;
  const [one, two, four] = costs;
  return [
    name,
    n.toLocaleString('en'),
    String(one.status),
    String(four.status),
    ...[one, two, four].map((cost) => total(cost).toFixed(1)),
    four.postgres.toFixed(1),
    unitsOf(measured),
    ratioOf(measured).toFixed(1),
    says[verdict],
  ];
}
