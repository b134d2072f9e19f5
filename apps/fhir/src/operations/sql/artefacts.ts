/** The tables that a query reads from: views of FHIR, and views of SQL over them. https://build.fhir.org/ig/HL7/sql-on-fhir/en/operations-common.html#context */
import { nationalViews } from '@dhp/sql-on-fhir/library';
import type { View } from '@dhp/sql-on-fhir';
import type { Call } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { invalid, isObject } from '../input.ts';
import { viewOf } from '../views/input.ts';
import { invalidQuery, readLibrary, type SqlLibrary } from './library.ts';

/** Tables and views of SQL, each behind those that it reads from. */
export type Artefact =
  { readonly label: string; readonly view: View } | { readonly label: string; readonly sql: string };

const most = 20;

/** Fails with `parameter-invalid` for context that is not used or has no url, `resource-not-found` for what is not there, `view-invalid`, `query-invalid`. */
export function artefactsOf(query: SqlLibrary, context: readonly unknown[], call: Call): Artefact[] {
  const given = context.map((each) => {
    if (!isObject(each) || typeof each['url'] !== 'string')
      invalid('context', 'context is a ViewDefinition, or a Library that is a view of SQL, with url.');
    return each;
  });
  const used = new Set<unknown>();
  const made: Artefact[] = [];
  const labels = new Map<string, string>();
  const within: string[] = [];
  add(query);
  const unused = given.find((each) => !used.has(each));
  if (unused !== undefined) invalid('context', `Nothing depends on ${String(unused['url']).slice(0, 200)}.`);
  return made;

  function add({ dependencies }: SqlLibrary): void {
    for (const { label, canonical } of dependencies) {
      const before = labels.get(label.toLowerCase());
      if (within.includes(canonical)) invalidQuery(`${canonical} depends on itself.`, 'Library.relatedArtifact');
      if (before === canonical) continue;
      if (before !== undefined)
        invalidQuery(
          `${label} is ${before} and ${canonical}. A label means one table in all of a query.`,
          'Library.relatedArtifact.label',
        );
      labels.set(label.toLowerCase(), canonical);
      if (labels.size > most) invalidQuery(`A query has ${String(most)} tables at most.`, 'Library.relatedArtifact');
      const artefact = found(canonical);
      if (artefact['resourceType'] !== 'Library') {
        made.push({ label, view: viewOf(artefact, call, `${label}: `) });
        continue;
      }
      const view = readLibrary(artefact);
      if (view.kind !== 'view') invalidQuery(`${canonical} is no view of SQL.`, 'Library.relatedArtifact');
      within.push(canonical);
      add(view);
      within.pop();
      made.push({ label, sql: view.sql });
    }
  }

  function found(canonical: string): Readonly<Record<string, unknown>> {
    const [url, version] = canonical.split('|');
    const own = given.find((each) => each['url'] === url && (version === undefined || each['version'] === version));
    if (own !== undefined) {
      used.add(own);
      return own;
    }
    const national = nationalViews.find(({ definition }) => definition.url === url);
    if (national !== undefined && version === undefined) return { ...national.definition };
    const diagnostics = `${canonical.slice(0, 300)} is in no context, and none of the national views. Send it as context.`;
    fail('resource-not-found', { type: 'ViewDefinition', id: canonical.slice(0, 300) }, { diagnostics });
  }
}
