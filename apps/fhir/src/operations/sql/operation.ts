/** `$sql-run` and `$sqlquery-run`: the table of a view or of a query of SQL. https://build.fhir.org/ig/HL7/sql-on-fhir/en/OperationDefinition-SQLRun.html */
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { isObject } from '../input.ts';
import type { Input, Operation, OperationParameter } from '../operation.ts';
import { description, others, shared, subject } from '../views/operation.ts';
import { runOf } from '../views/run.ts';
import { sqlRun } from './run.ts';

/** Of a query of SQL alone. */
const ofQueries: readonly OperationParameter[] = [
  {
    ...{ name: 'parameters', use: 'in', min: 0, max: '1', type: 'Resource' },
    documentation: 'Parameters: the values that are bound to those that the Library declares.',
  },
  {
    ...{ name: 'context', use: 'in', min: 0, max: '*', type: 'Resource' },
    documentation: 'The ViewDefinitions, and Libraries that are views of SQL, which the query depends on.',
  },
];

const ofLibraries =
  'Of a Library with SQL (SQLQuery, SQLView) the views that it depends on become tables of what the caller may search, over which it runs in a process that has nothing else.';

function sqlRunOf(name: string): (services: Services, call: Call, input: Input) => Promise<Answer> {
  return (services, call, input) => {
    const [given] = input.get(name) ?? [];
    if (isObject(given) && given['resourceType'] === 'Library') return sqlRun(services, call, input, given);
    return runOf(name)(services, call, input);
  };
}

/** By that of the ballot of 3.0, of whose subjects some are Libraries with SQL. */
export const sqlRunOperation: Operation = {
  ...shared,
  id: 'SQL-run',
  code: 'sql-run',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/SQLRun',
  title: 'The table of a view or of a query, by the name of SQL on FHIR 3.0',
  description: `${description} ${ofLibraries}`,
  parameters: [subject('subjectResource', 'The ViewDefinition, or a Library with SQL.'), ...ofQueries, ...others],
  run: sqlRunOf('subjectResource'),
};

/** The same by the name of 2.x, for queries. */
export const sqlQueryRunOperation: Operation = {
  ...shared,
  id: 'SQLQuery-run',
  code: 'sqlquery-run',
  base: 'https://sql-on-fhir.org/ig/OperationDefinition/$sqlquery-run',
  title: 'The table of a query of SQL, by the name of SQL on FHIR 2.x',
  description: `${description} ${ofLibraries}`,
  parameters: [subject('queryResource', 'A Library with SQL.'), ...ofQueries, ...others],
  run: sqlRunOf('queryResource'),
};
