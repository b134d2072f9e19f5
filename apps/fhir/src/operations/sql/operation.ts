/** `$sql-run` and `$sqlquery-run`: the table of a view or of a query of SQL. https://build.fhir.org/ig/HL7/sql-on-fhir/en/OperationDefinition-SQLRun.html */
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { Input, Operation, OperationParameter } from '../operation.ts';
import { subjectOf, type SubjectNames } from '../view-definitions/subject.ts';
import { description, others, shared, subjects } from '../views/operation.ts';
import { runView } from '../views/run.ts';
import { sqlRun } from './run.ts';

/** Of a query of SQL alone. */
const ofQueries: readonly OperationParameter[] = [
  {
    ...{ name: 'parameters', use: 'in', min: 0, max: '1', type: 'Resource' },
    documentation: 'Parameters: the values that are bound to those that the Library declares.',
  },
  {
    ...{ name: 'context', use: 'in', min: 0, max: '*', type: 'Resource' },
    documentation:
      'ViewDefinitions, and Libraries that are views of SQL, which the query depends on. They come before those that are stored.',
  },
];

const ofLibraries =
  'Of a Library with SQL (SQLQuery, SQLView) the views that it depends on become tables of what the caller may search, over which it runs in a process that has nothing else.';

function sqlRunOf(names: SubjectNames): (services: Services, call: Call, input: Input) => Promise<Answer> {
  return async (services, call, input) => {
    const artefact = await subjectOf(services, call, (name) => input.get(name)?.[0], names);
    if (artefact['resourceType'] === 'Library') return sqlRun(services, call, input, artefact);
    return runView(services, call, input, artefact);
  };
}

const names: SubjectNames = {
  ...{ resource: 'subjectResource', reference: 'subjectReference', canonical: 'subjectCanonical' },
  interaction: '$sql-run',
};

/** The operation of the 3.0 ballot, some of whose subjects are Libraries with SQL. */
export const sqlRunOperation: Operation = {
  ...shared,
  id: 'SQL-run',
  code: 'sql-run',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/SQLRun',
  title: 'The table of a view or of a query, by the name of SQL on FHIR 3.0',
  description: `${description} ${ofLibraries}`,
  also: ['/ViewDefinition/:id'],
  parameters: [...subjects(names, 'The ViewDefinition, or a Library with SQL'), ...ofQueries, ...others],
  run: sqlRunOf(names),
};

const namesBefore: SubjectNames = {
  ...{ resource: 'queryResource', reference: 'queryReference', interaction: '$sqlquery-run' },
};

/** The same by the name of 2.x, for queries. */
export const sqlQueryRunOperation: Operation = {
  ...shared,
  id: 'SQLQuery-run',
  code: 'sqlquery-run',
  base: 'https://sql-on-fhir.org/ig/OperationDefinition/$sqlquery-run',
  title: 'The table of a query of SQL, by the name of SQL on FHIR 2.x',
  description: `${description} ${ofLibraries}`,
  parameters: [...subjects(namesBefore, 'A Library with SQL'), ...ofQueries, ...others],
  run: sqlRunOf(namesBefore),
};
