/** Pieces of questions that are asked beyond the usual and the further ones. */
import { nameOf } from './rich.ts';
import type { Asked } from './side.ts';
import { oneOf, patients, type Random, type Resource } from './world.ts';

export interface QuestionsOf {
  readonly random: Random;
  /** All that there is, seen or not. */
  readonly everything: readonly Resource[];
  /** The path of a usual question. */
  readonly usual: () => string;
}

export function piecesOf({ random, everything, usual }: QuestionsOf) {
  const one = oneOf(random);
  const number = (below: number): string => String(random(below));
  const get = (path: string, headers: Record<string, string> = {}): Asked => ({ method: 'GET', path, headers });
  const searched = (path: string, ...parts: string[]): Asked => {
    const more = [
      '_total=accurate',
      '_summary=count',
      '_count=1&_total=accurate',
      '_sort=-_lastUpdated&_count=2',
      '_sort=_id',
    ];
    return get(`${path}?${[...parts, one(more)].join('&')}`);
  };
  return {
    ...{ one, number, get, searched, usual },
    any: (...types: string[]): string =>
      `/${nameOf(one(types.length === 0 ? everything : everything.filter(({ resourceType }) => types.includes(resourceType))))}`,
    patient: (): string => `Patient/${one(patients)}`,
    target: (): string => one([`Observation/o${number(30)}`, `Encounter/v${number(8)}`, `List/l-${one(patients)}`]),
  };
}
export type Pieces = ReturnType<typeof piecesOf>;
export type Kinds = readonly (() => Asked)[];

/** Types of which some resources are deleted. */
export const ended = ['Observation', 'List', 'DocumentReference', 'DiagnosticReport', 'Provenance', 'Flag'];
