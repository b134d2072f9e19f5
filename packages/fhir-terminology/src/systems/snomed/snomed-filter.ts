import { LRUCache } from 'lru-cache';
import type { Budget } from '@dhp/budget';
import type { ConceptFilter, ConceptSystem, ConceptTest } from '../../concepts/concept-system.ts';
import { EclFault, type Constraint } from './ecl.ts';
import { parseEcl } from './ecl-parser.ts';
import { eclTest } from './ecl-test.ts';

const snomedSystem = 'http://snomed.info/sct';

/** Parsed expressions; clients choose them, so their number is bounded. */
const read = new LRUCache<string, Constraint>({ max: 500 });

/**
 * The filters of SNOMED CT in addition to the common ones (https://hl7.org/fhir/R5/snomedct.html): `concept in` a reference set,
 * `constraint =` an expression constraint, `expressions =`, which excludes nothing, because no expressions are stored.
 * @throws EclFault
 */
export function snomedFilter(
  system: ConceptSystem,
  { property, op, value }: ConceptFilter,
  budget?: Budget,
): ConceptTest | undefined {
  if (system.header.url !== snomedSystem) return undefined;
  if (property === 'concept' && op === 'in' && /^\s*\d+\s*$/.test(value))
    return eclTest(system, { kind: 'members', of: { kind: 'concept', code: value.trim() } }, budget);
  if (property === 'expressions' && op === '=' && (value === 'true' || value === 'false')) return () => true;
  return property === 'constraint' && op === '=' ? eclTest(system, readEcl(value), budget) : undefined;
}

/** Returns the syntax error of a filter by expression constraint; undefined when it can be evaluated, and for other filters. */
export function eclFaultOf(system: ConceptSystem, { property, op, value }: ConceptFilter): EclFault | undefined {
  if (system.header.url !== snomedSystem || property !== 'constraint' || op !== '=') return undefined;
  try {
    readEcl(value);
    return undefined;
  } catch (error) {
    if (error instanceof EclFault) return error;
    throw error;
  }
}

function readEcl(text: string): Constraint {
  let constraint = read.get(text);
  if (constraint === undefined) {
    constraint = parseEcl(text);
    read.set(text, constraint);
  }
  return constraint;
}
