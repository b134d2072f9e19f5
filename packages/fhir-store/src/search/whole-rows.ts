import { setImmediate } from 'node:timers/promises';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { indexWork, type IndexRow } from '@dhp/search-index/rows';
import type { WholeRows } from '@dhp/search-index/search';
import type { IndexDefinition } from '../statements/index-definition.ts';
import type { BodyOptions } from '../writes/index-of-body.ts';

/** Bodies between which other work of this process gets its turn. */
const turn = 20;

/** @param work units for the values of one resource, beside those for each byte of it */
export function wholeRowsOf(
  { row }: IndexDefinition,
  {
    timeZone,
    ownBases,
    parameters,
    work,
  }: Pick<BodyOptions, 'timeZone' | 'ownBases'> & {
    readonly parameters: Pick<BodyOptions['parameters'], 'known'>;
    readonly work: number;
  },
): WholeRows {
  return async (bodies) => {
    const rows: IndexRow[] = [];
    for (const [n, { type, content }] of bodies.entries()) {
      if (n % turn === turn - 1) await setImmediate();
      const resource = { ...(JSON.parse(content) as JsonResource), resourceType: type };
      const budget = new Budget({ work: indexWork(work, Buffer.byteLength(content)) }, 'resource');
      try {
        rows.push(row(resource, { timeZone, ownBases, own: parameters.known(), budget }));
      } catch (error) {
        if (error instanceof BudgetSpent) return undefined;
        throw error;
      }
    }
    return rows;
  };
}
