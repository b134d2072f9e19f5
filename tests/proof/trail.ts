/** Servers are killed again and again while many clients ask them, and the records of all that was answered are looked for. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { killWhileAsked, type Victim } from '../trail-kills.ts';
import type { Proof, Proven } from './proof.ts';

const turns = 4;
const kills: readonly Victim[] = Array.from(
  { length: turns },
  () => ['server', 'database', 'platform'] as const,
).flat();

export const trail: Proof = {
  name: 'trail',
  claim:
    'Whatever is killed, and whenever: each request that was answered has its records in the trail of requests, and the trail is whole.',
  takes: 'some three minutes',
  run: prove,
};

async function prove(progress: Progress): Promise<Proven> {
  const step = progress.step(`${String(kills.length)} kills under load`);
  let done = 0;
  const { rounds, missing, records, verified } = await killWhileAsked({
    ...{ clients: 24, kills, enough: 800 },
    onRound: () => step.update((done += 1), kills.length),
  });
  step.done();
  const isWhole = /Requests of playground: whole/.test(verified);
  const answered = rounds.reduce((sum, round) => sum + round.answered, 0);
  const report = [
    'Twenty-four clients read, search, create, send batches and transactions, and are refused (403, 404, 412). Meanwhile a process is killed (`kill -9`): the one that serves ' +
      'the FHIR environment, PostgreSQL, or all of the platform at once. Then the clients go on.',
    '',
    markdownTable(
      ['Killed', 'Requests answered', 'Requests that failed'],
      rounds.map((round) => [round.victim, String(round.answered), String(round.failed)]),
      [1, 2],
    ),
    '',
    `Of ${String(answered)} answered requests ${String(missing.length)} lack a record; the trail has ${String(records)} records. \`dhp audit verify\`:`,
    '',
    verified.slice(verified.indexOf('Requests of playground')).trim().replaceAll(/^/gm, '> '),
  ];
  return { holds: missing.length === 0 && isWhole && rounds.every(({ kinds: all }) => all), report: report.join('\n') };
}
