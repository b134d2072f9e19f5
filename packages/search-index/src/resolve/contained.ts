/** Contained resources that are searched by themselves. https://hl7.org/fhir/R5/search.html#contained */
import { typeName, typeNumber } from '@dhp/fhir-model';
import type { Condition } from '../condition/condition.ts';
import { containsKey } from '../keys/contained-keys.ts';
import { numberOf } from '../sql/columns.ts';
import { inside, permitted, type ReadPermission } from './access.ts';
import type { Branch } from '../page/branches.ts';
import type { Finding } from '../page/find-rows.ts';
import { fewContained, type Held } from '../page/held-rows.ts';
import { createLookups } from './lookups.ts';
import { ofContainedToo, resolve } from './resolve.ts';
import {
  all,
  any,
  isEverything,
  isNothing,
  ofContainedRows,
  type RowCondition,
} from '../row-condition/row-condition.ts';

/**
 * The places of contained resources that a search finds: their containers, of any type, that the caller may see. The right to see a
 * container includes its contained resources.
 * @param branches the conditions for each type
 */
export async function containersOf(
  finding: Finding,
  branches: readonly { readonly type: string; readonly where: Condition }[],
  access: ReadPermission,
): Promise<{ containers: Branch[]; held: Held[] }> {
  const byType = new Map<string, RowCondition[]>();
  const held: Held[] = [];
  for (const { type, where } of branches) {
    const { ofContainer, ofContained } = parted(where);
    const asked = await resolve(type, inside(ofContained, access), ofContainedToo(createLookups(finding)));
    const inner = ofContainedRows(asked);
    if (isNothing(inner)) continue;
    held.push({ type, where: inner });
    const { keys, within } = await look(finding, type, inner);
    const holds: RowCondition =
      keys === undefined
        ? all([
            { op: 'keys', any: [containsKey(type)], expect: 'many' },
            { op: 'holds', type, where: inner },
          ])
        : { op: 'keys', any: keys, expect: 'some' };
    for (const container of within) {
      const visible = await resolve(container, permitted(container, ofContainer, access), createLookups(finding));
      const where = all([holds, visible]);
      byType.set(container, [...(byType.get(container) ?? []), where]);
    }
  }
  return { containers: [...byType].map(([type, wheres]) => ({ type, where: any(wheres) })), held };
}

/** Both stored resources and containers, one branch for each type. */
export function together(stored: readonly Branch[], containers: readonly Branch[]): Branch[] {
  const types = new Set([...stored, ...containers].map(({ type }) => type));
  return [...types].map((type) => ({
    type,
    where: any([...stored, ...containers].filter((branch) => branch.type === type).map(({ where }) => where)),
  }));
}

/** The time of the last change is a condition on the container, everything else on the contained resource. */
function parted(where: Condition): { ofContainer: Condition; ofContained: Condition } {
  const parts = where.op === 'all' ? where.of : [where];
  return {
    ofContainer: { op: 'all', of: parts.filter(({ op }) => op === 'last-updated') },
    ofContained: { op: 'all', of: parts.filter(({ op }) => op !== 'last-updated').map(unreferred) },
  };
}

/** No reference from elsewhere leads to a contained resource, even if a stored one has its id. */
function unreferred(condition: Condition): Condition {
  const { op } = condition;
  if (op === 'all' || op === 'any') return { op, of: condition.of.map(unreferred) };
  if (op === 'not') return { op, of: unreferred(condition.of) };
  return op === 'referred' ? { op: 'any', of: [] } : condition;
}

/** The contained resources that meet a condition, if they are few; and the types of their containers. */
async function look(
  finding: Finding,
  type: string,
  where: RowCondition,
): Promise<{ keys: bigint[] | undefined; within: string[] }> {
  const { sql, run } = finding;
  const few = isEverything(where) ? undefined : await fewContained(finding, type, where);
  if (few !== undefined) {
    return { keys: few.map(({ key }) => key), within: [...new Set(few.map(({ within }) => within))] };
  }
  const rows = await run(
    sql,
    sql`with recursive types as (
      (select within from fhir.contained where ty = ${typeNumber(type)!}::smallint order by within limit 1)
      union all
      select (select c.within from fhir.contained c where c.ty = ${typeNumber(type)!}::smallint and c.within > t.within
              order by c.within limit 1)
      from types t where t.within is not null
    ) select within from types where within is not null`,
    'types of containers',
  );
  return { keys: undefined, within: rows.map(([within]) => typeName(numberOf(within))!) };
}
