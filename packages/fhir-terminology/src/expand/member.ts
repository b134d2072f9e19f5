import type { Budget } from '@dhp/budget';
import type { ValueSet, ValueSetComposeIncludeConcept } from '@dhp/fhir-model';
import type { Settings } from '../parameters/settings.ts';
import { canonical, type Concept, type ConceptSystem } from '../concepts/concept-system.ts';
import type { Knowledge } from '../source/knowledge.ts';
import type { Collector } from './collector.ts';
import type { Notes } from './notes.ts';

/** A concept of a value set, with the value set's own data about it. */
export interface Member {
  readonly system: ConceptSystem;
  readonly concept: Concept;
  readonly listed?: ValueSetComposeIncludeConcept;
  /** The value set that lists it. */
  readonly valueSet: ValueSet;
  /** The value set marks it as not selectable. */
  readonly isHeading?: true;
}

export function keyOf(
  { url, version }: { url: string; version?: string },
  code: string,
  tellsVersionsApart: boolean,
): string {
  return `${tellsVersionsApart ? canonical(url, version) : url}#${code}`;
}

/** Context that all value sets of one expansion share. */
export interface ExpandContext {
  /** The complete value sets: one that many others import is collected once. */
  readonly collected: Map<ValueSet, Collector>;
  readonly knowledge: Knowledge;
  readonly settings: Settings;
  readonly notes: Notes;
  readonly now: Date;
  /** Limits the work of collecting. */
  readonly budget?: Budget | undefined;
}
