/** The share of its budget that each request to a FHIR server spends, and the requests that are refused because it is spent. */
import { subscribe } from 'node:diagnostics_channel';
import type { Registry } from 'prom-client';
import type { Budget, Measure } from '@dhp/budget';
import { kept, talliedCounter, TalliedHistogram, type Series } from './tallies.ts';

const measures: readonly Measure[] = ['work', 'bytes', 'rows', 'milliseconds'];

/** Shares: a read spends a millionth; a request near 1 will be refused some day. */
const buckets = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** A request is over, or an entry was refused. */
interface Spent {
  readonly interaction: string | undefined;
  /** Undefined for an entry, and for a request whose body was not accepted. */
  readonly budget: Pick<Budget, 'shareOf'> | undefined;
  /** The budget for which it was refused. */
  readonly spent: Measure | 'server' | undefined;
}

export function measureBudgets(registry: Registry): void {
  const registers = [registry];
  const shares = new TalliedHistogram({
    name: 'dhp_request_budget_ratio',
    help: 'Share of its budget that a request to a FHIR server has spent, by interaction and kind of budget; of memory (bytes) the most at one time.',
    labelNames: ['route', 'budget'],
    buckets,
    registers,
  });
  const refusals = talliedCounter({
    name: 'dhp_request_budget_spent_total',
    help: 'Requests and entries of Bundles that were refused since a budget was spent, by interaction and kind of budget; server is the memory of all requests together.',
    labelNames: ['route', 'budget'],
    registers,
  });
  const seriesOf = kept((route) => measures.map((budget) => [budget, shares.series({ route, budget })] as const));
  const tallyOf = kept((both) => {
    const [route = '', budget = ''] = both.split(' ');
    return refusals({ route, budget });
  });
  subscribe('dhp.fhir.spent', (message) => {
    const { interaction = 'none', budget, spent } = message as Spent;
    if (budget !== undefined) observe(budget, seriesOf(interaction));
    if (spent !== undefined) tallyOf(`${interaction} ${spent}`).count += 1;
  });
}

function observe(budget: Pick<Budget, 'shareOf'>, series: readonly (readonly [Measure, Series])[]): void {
  for (const [measure, one] of series) {
    const share = budget.shareOf(measure);
    if (share !== undefined) one.observe(share);
  }
}
