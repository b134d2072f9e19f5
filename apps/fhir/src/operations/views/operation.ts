import type { Operation, OperationParameter } from '../operation.ts';
import { runOf } from './run.ts';

const description =
  'The rows of a ViewDefinition (SQL on FHIR), which comes with the request: over resources that come with it, too, or over those of this server that the caller may search. ' +
  'The answer is NDJSON, JSON, CSV, Parquet or Parameters, by _format or Accept. It is made while it is sent. ' +
  'A view that cannot be run is refused with every fault and its place.';

const others: readonly OperationParameter[] = [
  {
    name: 'resource',
    use: 'in',
    min: 0,
    max: '*',
    type: 'Resource',
    documentation:
      'Resources that the table is made of, in the place of those of this server; a Bundle stands for its entries.',
  },
  {
    name: '_format',
    use: 'in',
    min: 0,
    max: '1',
    type: 'code',
    documentation:
      'ndjson, json, csv, parquet or fhir, which is Parameters. It comes before Accept; without either it is ndjson.',
  },
  {
    name: 'header',
    use: 'in',
    min: 0,
    max: '1',
    type: 'boolean',
    documentation: 'Whether CSV begins with the names of the columns. Default: true.',
  },
  {
    name: 'patient',
    use: 'in',
    min: 0,
    max: '*',
    type: 'Reference',
    documentation: 'Only resources in the compartment of one of these patients.',
  },
  {
    name: 'group',
    use: 'in',
    min: 0,
    max: '*',
    type: 'Reference',
    documentation:
      'Only resources in the compartment of a patient who is a member of one of these groups, and is named by patient where that is given.',
  },
  {
    name: '_since',
    use: 'in',
    min: 0,
    max: '1',
    type: 'instant',
    documentation: 'Only resources of this server that were stored after that time.',
  },
  { name: '_limit', use: 'in', min: 0, max: '1', type: 'integer', documentation: 'At most so many rows.' },
  {
    name: 'return',
    use: 'out',
    min: 1,
    max: '1',
    type: 'Binary',
    documentation: 'The table, as its own media type.',
  },
];

const shared = {
  affectsState: false,
  levels: ['system'],
  types: 'Resource',
  permission: 'types',
  isPosted: true,
  answersFiles: true,
} as const satisfies Partial<Operation>;

function subject(name: string): OperationParameter {
  return { name, use: 'in', min: 1, max: '1', type: 'Resource', documentation: 'The ViewDefinition.' };
}

/** By the name of 2.x. */
export const viewDefinitionRunOperation: Operation = {
  ...shared,
  id: 'ViewDefinition-run',
  code: 'viewdefinition-run',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/ViewDefinitionRun',
  title: 'The table of a view',
  description,
  also: ['/ViewDefinition'],
  parameters: [subject('viewResource'), ...others],
  run: runOf('viewResource'),
};

/** By that of the ballot of 3.0, of whose subjects a Library with SQL is refused. */
export const sqlRunOperation: Operation = {
  ...shared,
  id: 'SQL-run',
  code: 'sql-run',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/SQLRun',
  title: 'The table of a view, by the name of SQL on FHIR 3.0',
  description,
  parameters: [subject('subjectResource'), ...others],
  run: runOf('subjectResource'),
};
