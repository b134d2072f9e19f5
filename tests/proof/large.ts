/** Large requests that somebody has a reason to send: all are answered at full size, with the limits as they are by default. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { limitsOf, openLargeSubject, type LargeSubject } from '../large/measure.ts';
import { largeRequests, type Large } from '../large/requests.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof } from './proof.ts';

export const large: Proof = {
  name: 'large',
  claim:
    'Large requests that somebody has a reason to send, as a transaction of 5,000 entries, a resource of 46 MB or a code system of 20,000 concepts, are answered with the limits as they are by default.',
  takes: 'some five minutes',
  async run(progress) {
    const subject = await openLargeSubject();
    try {
      const sent: Sent[] = [];
      for (const request of largeRequests) sent.push(await send(subject, request, progress));
      return { holds: sent.every(({ refused }) => refused === undefined), report: reportOf(sent) };
    } finally {
      await subject.close();
    }
  },
};

interface Sent {
  readonly row: readonly string[];
  /** The answer, where it is not the one that was requested. */
  readonly refused?: string;
}

async function send({ measure }: LargeSubject, request: Large, progress: Progress): Promise<Sent> {
  const { name, size, status } = request;
  const step = progress.step(name);
  const count = (n: number): string => Math.round(n).toLocaleString('en');
  try {
    const taken = await measure(request, size);
    const { work, rows } = limitsOf(request, taken);
    step.done();
    return {
      row: [name, count(taken.bytes), String(status), count(taken.work), count(work), count(taken.rows), count(rows)],
    };
  } catch (error) {
    step.done('refused');
    return { row: [name, '', 'another', '', '', '', ''], refused: `- ${name}: ${String(error)}` };
  }
}

function reportOf(sent: readonly Sent[]): string {
  const table = markdownTable(
    ['Request', 'Bytes sent', 'Status', 'Units', 'of at most', 'Rows', 'of at most'],
    sent.map(({ row }) => [...row]),
    [1, 2, 3, 4, 5, 6],
  );
  const refused = sent.flatMap((one) => (one.refused === undefined ? [] : [one.refused]));
  return [table, ...(refused.length === 0 ? [] : ['', 'Refused:', '', ...refused])].join('\n');
}
