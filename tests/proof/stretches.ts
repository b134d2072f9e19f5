/** Requests about a large resource: none keeps the thread that serves busy for long at one go. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';
import { measureStretches, type Measured } from './stretches/measure.ts';

const size = 46_000_000;
/** Milliseconds of CPU time of the thread at one go. */
const most = 100;

export const stretches: Proof = {
  name: 'stretches',
  claim: `No request about a resource of 46 MB keeps the thread of a FHIR server busy for ${most} ms of CPU time at one go.`,
  takes: 'some two minutes',
  async run(progress) {
    return proven(await measured(progress));
  },
};

async function measured(progress: Progress): Promise<readonly Measured[]> {
  const step = progress.step(`requests about ${size / 1e6} MB`);
  const onMeasured = ({ request, longest }: Measured): void => progress.say(`${request}: ${longest.toFixed(0)} ms`);
  const all = await measureStretches({ size, profiles: true, onMeasured });
  step.done();
  return all;
}

function proven(all: readonly Measured[]): Proven {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const table = markdownTable(
    ['Request', 'MB sent', 'MB received', 'ms in all', 'ms at one go, most'],
    all.map(({ request, sent, received, total, longest }) => [
      ...[request, megabytes(sent), megabytes(received), total.toFixed(0), longest.toFixed(0)],
    ]),
    [1, 2, 3, 4],
  );
  const places = all.map(({ request, where }) => `- ${request}: ${where.join('; ')}`);
  const lines = [
    ...['CPU time of the thread that serves, one request at a time:', '', table, ''],
    ...['The longest stretches, with the functions that were on top (milliseconds by the clock):', '', ...places],
  ];
  return { holds: all.every(({ longest }) => longest < most), report: lines.join('\n') };
}
