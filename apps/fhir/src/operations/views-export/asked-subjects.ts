/** The subjects of `$sql-export`: views, and Libraries with SQL. https://build.fhir.org/ig/HL7/sql-on-fhir/en/OperationDefinition-SQLExport.html */
import type { Call, Services } from '../../contract/interaction.ts';
import { invalid, isObject, partsOf, type PartValues } from '../input.ts';
import type { Input } from '../operation.ts';
import { createResolver, type Resolver } from '../sql/artefacts.ts';
import { boundValues, invalidQuery, readLibrary } from '../sql/library.ts';
import { subjectOf, type SubjectNames } from '../view-definitions/subject.ts';
import { viewOf } from '../views/input.ts';
import { nameOf, requireFew, requireName, type AskedQuery, type AskedTable, type AskedTables } from './asked.ts';

/** Queries of one export: each is tried before the job is made. */
const mostQueries = 10;

const names: SubjectNames = {
  ...{ resource: 'subjectResource', reference: 'subjectReference', canonical: 'subjectCanonical' },
  interaction: '$sql-export',
};

/** Tables of the parameter `subject`. Fails with `parameter-invalid`, `view-invalid`, `query-invalid`, and as `subjectOf`. */
export async function readSubjects(
  services: Services,
  call: Call,
  input: Input,
): Promise<Pick<AskedTables, 'tables' | 'pinned'>> {
  const given = input.get('subject') as readonly PartValues[];
  requireFew(given, 'subject');
  const resolver = createResolver(services, call, input.get('context') ?? [], names.interaction);
  const tables: AskedTable[] = [];
  const subjects: object[] = [];
  for (const [n, { place, values }] of given.entries()) {
    const resource = await subjectOf(services, call, (part) => values.get(part), { ...names, place });
    const parameters = values.get('parameters');
    const name = nameOf(values.get('name'), resource, n);
    requireName(name, tables, { parameter: 'subject', place });
    if (resource['resourceType'] === 'Library') tables.push(await queryOf(resolver, name, resource, parameters));
    else if (parameters !== undefined)
      invalid('parameters', 'parameters is for a query of SQL: the subject is a view.', place);
    else tables.push({ name, view: viewOf(resource, call, given.length > 1 ? `Subject ${n + 1}: ` : '') });
    const part = [
      { name: 'name', valueString: name },
      { name: names.resource, resource },
    ];
    subjects.push({
      name: 'subject',
      part: parameters === undefined ? part : [...part, { name: 'parameters', resource: parameters }],
    });
  }
  const queries = tables.filter((table) => 'query' in table);
  if (queries.length > mostQueries)
    invalid(
      'subject',
      `An export has ${mostQueries} queries at most, not ${queries.length}. Make several exports of them.`,
    );
  resolver.requireUsed();
  return { tables, pinned: pinned(call, subjects, resolver) };
}

async function queryOf(
  resolver: Resolver,
  name: string,
  library: Readonly<Record<string, unknown>>,
  parameters: unknown,
): Promise<AskedQuery> {
  const query = readLibrary(library);
  const values = boundValues(query, isObject(parameters) ? parameters : undefined);
  const artefacts = await resolver.artefactsOf(query);
  for (const each of artefacts)
    if ('view' in each && each.view.columns.length === 0)
      invalidQuery(`The view of ${each.label} has no columns.`, 'Library.relatedArtifact');
  return { name, query, values, artefacts };
}

/**
 * The body that the job stores: with all named artefacts, so that each attempt makes the same tables. A canonical without a version uses
 * the first of several versions, so that is put first.
 */
function pinned(call: Call, subjects: readonly object[], { resolved }: Resolver): Buffer {
  const [whole, versioned] = [false, true].map((isVersioned) =>
    [...resolved].filter(([canonical]) => canonical.includes('|') === isVersioned).map(([, resource]) => resource),
  ) as [object[], object[]];
  const context = [...new Set([...whole, ...versioned])].map((resource) => ({ name: 'context', resource }));
  const kept = partsOf(call).filter(
    (part) => isObject(part) && part['name'] !== 'subject' && part['name'] !== 'context',
  );
  return Buffer.from(JSON.stringify({ resourceType: 'Parameters', parameter: [...subjects, ...context, ...kept] }));
}
