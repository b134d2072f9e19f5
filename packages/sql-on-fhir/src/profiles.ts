import type { Findings } from './faults.ts';
import { isPrimitive } from './types.ts';
import type { Column, Select, ViewDefinition } from './view-definition.ts';

/**
 * `shareable`: run alike by everybody. `tabular`: a scalar in every column.
 * https://sql-on-fhir.org/ig/StructureDefinition-ShareableViewDefinition.html, …-TabularViewDefinition.html
 */
export type ViewProfile = 'shareable' | 'tabular';

/** Reports the requirements of a profile that the view does not meet. */
export function checkProfile(profile: ViewProfile, view: ViewDefinition, findings: Findings): void {
  if (profile === 'shareable') {
    for (const element of ['url', 'name', 'fhirVersion'] as const) {
      if ((view as unknown as Readonly<Record<string, unknown>>)[element] === undefined)
        findings.error('profile', `ViewDefinition.${element}`, 'is missing. A shareable view has it.');
    }
  }
  eachColumn(view.select, 'ViewDefinition.select', (column, place) => {
    if (column.type === undefined) {
      findings.error('profile', `${place}.type`, `is missing. Declare it: the columns of a ${profile} view have one.`);
    } else if (profile === 'tabular' && !isPrimitive(column.type)) {
      findings.error(
        'profile',
        `${place}.type`,
        `is ${column.type}. Choose a primitive element: a tabular view has no others (primitives-only).`,
      );
    }
    if (profile === 'tabular' && column.collection === true)
      findings.error(
        'profile',
        `${place}.collection`,
        'is true. Choose one value: a tabular view has no collections (no-collections).',
      );
  });
}

function eachColumn(selects: readonly Select[], place: string, visit: (column: Column, place: string) => void): void {
  for (const [n, one] of selects.entries()) {
    for (const [c, column] of (one.column ?? []).entries()) visit(column, `${place}[${n}].column[${c}]`);
    eachColumn(one.select ?? [], `${place}[${n}].select`, visit);
    eachColumn(one.unionAll ?? [], `${place}[${n}].unionAll`, visit);
  }
}
