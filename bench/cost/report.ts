import { markdownTable } from '../../tests/markdown-table.ts';
import type { Facts } from '../machine.ts';
import { enough, mostRatio, ratioOf, total, type Measured } from './measure.ts';

const says: Readonly<Record<Measured['verdict'], string>> = {
  linear: 'grows with n',
  refused: 'bounded: 4n is refused',
  small: 'too little to tell',
  'too steep': 'TOO STEEP',
};

/** The report of a run, as Markdown. @param known how many shapes there are */
export function costReport(all: readonly Measured[], known: number, facts: Facts, day: string): string {
  const areas = [...new Set(all.map(({ area }) => area))];
  const steep = all.filter(({ verdict }) => verdict === 'too steep');
  const refused = all.filter(({ verdict }) => verdict === 'refused');
  return [
    `# What one request costs, ${day}`,
    '',
    `Made by \`npm run cost\`. ${all.length} of ${known} shapes of input, one for each construct of which a caller says how many there are: each is sent over HTTP to a real platform with n, 2n and 4n of it, and must get the answer that says that its work was reached. What is measured is CPU time, not time that passes, so that other programs on the machine disturb little: that of the threads of the platform's processes and of PostgreSQL, from /proc, the least of three requests each; a shape that looks too steep is measured up to two times more, with four times the n where there is room: what grows with the square stays steep, but not what waits for an amount, as the list of new entries that PostgreSQL merges into an index when it is full, or what costs more once from a size on, as a body over 1 MiB, which goes to another thread. Rows may come from several runs (\`--results\`). n is raised until a request costs ${enough} ms, or until the limit of what fits is near. Four times the input may cost at most ${mostRatio} times as much: a line gives 4, a square 16. A shape whose 4n is refused by a limit, while n is not, is bounded by that limit; one that costs less than ${enough} ms at 4n is too small for a ratio, and too small to harm.`,
    '',
    `${all.length - steep.length - refused.length} grow at most with their input or cost too little to tell, ${refused.length} are refused beyond a limit, ${steep.length} are too steep.`,
    '',
    ...areas.flatMap((area) => [
      `## ${area}`,
      '',
      markdownTable(
        ['Shape', 'n', 'Status, n', 'Status, 4n', 'ms, n', 'ms, 2n', 'ms, 4n', 'of it PostgreSQL', '4n : n', 'Verdict'],
        all.filter((one) => one.area === area).map(rowOf),
        [1, 2, 3, 4, 5, 6, 7, 8],
      ),
      '',
    ]),
    '## Machine',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}

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
    ratioOf(measured).toFixed(1),
    says[verdict],
  ];
}
