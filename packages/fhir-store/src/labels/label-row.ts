/** The row of a version in `fhir.label` and `fhir.label_member`. */
import { containerTypes, labelReader, membersOf, type LabelDefinition, type LabelReader } from '@dhp/labels';
import { hash64 } from '@dhp/search-index/keys';
import type { Sql } from '@dhp/postgres';
import { ownHash } from '../own-hash.ts';
import { selectLabelRules } from '../statements/label-definitions.ts';
import type { LabelRow } from '../statements/labels.ts';

/** The rules in force, as this process knows them. */
export interface Labelling {
  /** Of the definition. */
  readonly number: number;
  readonly rules: string;
  readonly read: LabelReader;
}

/** @param rules JSON of a LabelDefinition */
export function labellingOf(number: number, rules: string): Labelling {
  return { number, rules, read: labelReader(JSON.parse(rules) as LabelDefinition) };
}

type Resource = Readonly<Record<string, unknown>>;

const containers: ReadonlySet<string> = new Set(containerTypes);

/**
 * Returns the row of a version; undefined if it has no label and its type inherits none.
 * @param labelling undefined: there are no label rules
 */
export function labelRow(
  { type, id, resource }: { readonly type: string; readonly id: string; readonly resource: Resource | undefined },
  labelling: Labelling | undefined,
  ownBases: readonly string[],
): LabelRow | undefined {
  if (labelling === undefined || resource === undefined) return undefined;
  const labels = labelling.read(resource);
  const members = containers.has(type) ? membersOf(resource, ownBases) : undefined;
  if (labels.length === 0 && members === undefined) return undefined;
  return {
    own: ownHash(type, id),
    definition: labelling.number,
    labels,
    members: members?.map((name) => String(hash64(name))),
  };
}

/** The newest definition of labels, as this process knows it. */
export interface KnownLabels {
  /** Undefined: there never was one. */
  readonly number: number | undefined;
  /** Undefined: there are no labels. */
  readonly labelling: Labelling | undefined;
}

export const noLabels: KnownLabels = { number: undefined, labelling: undefined };

/** A definition does not change, so a cached one need not be read again. */
export async function readLabels(sql: Sql, number: number | undefined, known: KnownLabels): Promise<KnownLabels> {
  if (number === known.number) return known;
  const rules = number === undefined ? undefined : await selectLabelRules(sql, number);
  return { number, labelling: rules === undefined ? undefined : labellingOf(number!, rules) };
}
