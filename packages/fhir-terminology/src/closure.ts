import type { Budget } from '@dhp/budget';
import type { Coding, ConceptMap, ConceptMapGroup } from '@dhp/fhir-model';
import type { Knowledge } from './source/knowledge.ts';
import { relation } from './subsumes.ts';

/** A closure table: a name, and the concepts added so far. */
export interface ClosureTable {
  readonly name: string;
  /** The number of the last change. */
  readonly version: number;
  readonly concepts: readonly Coding[];
}

const place = 'closure table';
/** Units of work for a concept that is read, and for two that are compared. */
const [unitsOfRow, unitsOfPair] = [20, 10];

/**
 * Returns the entries that concepts add to a closure table (https://hl7.org/fhir/R5/conceptmap-operation-closure.html): each pair of a new
 * concept and one of the table of which one subsumes the other, the narrower with the broader. Unknown codes and concepts of unknown
 * systems have no pairs. The caller stores the concepts and raises the version.
 * @throws BudgetSpent
 */
export function closure(
  knowledge: Knowledge,
  table: ClosureTable,
  added: readonly Coding[],
  budget?: Budget,
): ConceptMap {
  const groups = new Map<string, Map<string, Set<string>>>();
  const all = [...table.concepts];
  budget?.spend(unitsOfRow * (all.length + added.length), place);
  for (const concept of added) {
    budget?.spend(unitsOfPair * all.length, place);
    for (const other of all) {
      const pair = narrowerFirst(knowledge, concept, other, budget);
      if (pair === undefined) continue;
      const elements = groups.get(concept.system ?? '') ?? new Map<string, Set<string>>();
      groups.set(concept.system ?? '', elements);
      elements.set(pair[0], (elements.get(pair[0]) ?? new Set()).add(pair[1]));
    }
    all.push(concept);
  }
  return {
    resourceType: 'ConceptMap',
    version: String(table.version + 1),
    name: table.name,
    status: 'active',
    experimental: true,
    ...(groups.size > 0 && { group: [...groups].map(([system, elements]) => groupOf(system, elements)) }),
  };
}

/** The codes of two concepts, the narrower first; undefined when neither subsumes the other. */
function narrowerFirst(
  knowledge: Knowledge,
  a: Coding,
  b: Coding,
  budget: Budget | undefined,
): [string, string] | undefined {
  if (a.system === undefined || b.system === undefined) return undefined;
  if (knowledge.canonicalOf(a.system) !== knowledge.canonicalOf(b.system)) return undefined;
  const system = knowledge.system(a.system, a.version ?? b.version);
  const one = system?.find(a.code ?? '');
  const other = system?.find(b.code ?? '');
  if (system === undefined || one === undefined || other === undefined) return undefined;
  const outcome = relation(system, one, other, budget);
  if (outcome === 'subsumed-by') return [one.code, other.code];
  return outcome === 'subsumes' ? [other.code, one.code] : undefined;
}

function groupOf(system: string, elements: ReadonlyMap<string, ReadonlySet<string>>): ConceptMapGroup {
  return {
    source: system,
    target: system,
    element: [...elements].map(([code, broader]) => ({
      code,
      target: [...broader].map((target) => ({ code: target, relationship: 'source-is-narrower-than-target' })),
    })),
  };
}
