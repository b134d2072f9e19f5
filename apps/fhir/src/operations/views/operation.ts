import { subjectOf, type SubjectNames } from '../view-definitions/subject.ts';
import type { Operation, OperationParameter } from '../operation.ts';
import { runView } from './run.ts';

/** Of operations that answer with a table. */
export const description =
  'The rows of a ViewDefinition (SQL on FHIR), which comes with the request or is stored at ViewDefinition/[id]: over resources that come with it, too, or over those of this server that the caller may search. ' +
  'The answer is NDJSON, JSON, CSV, Parquet or Parameters, by _format or Accept. It is made while it is sent. ' +
  'A view that cannot be run is refused with every fault and its place.';

/** Parameters of all of them. */
export const others: readonly OperationParameter[] = [
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

export const shared = {
  affectsState: false,
  levels: ['system'],
  types: 'Resource',
  permission: 'types',
  takesQuery: true,
  answersFiles: true,
} as const satisfies Partial<Operation>;

/** The parameters that give the subject to run, one of which is required; none at the address of a ViewDefinition. */
export function subjects({ resource, reference, canonical }: SubjectNames, which: string): OperationParameter[] {
  const common = { use: 'in', min: 0, max: '1' } as const;
  return [
    { ...common, name: resource, type: 'Resource', documentation: `${which}, sent with the request.` },
    { ...common, name: reference, type: 'Reference', documentation: `${which}, as it is stored on this server.` },
    ...(canonical === undefined
      ? []
      : [
          {
            ...{ ...common, name: canonical, type: 'canonical' as const },
            documentation: `${which}, by its canonical URL: stored on this server, or a national view. Without a version the newest that is active.`,
          },
        ]),
  ];
}

const names: SubjectNames = {
  ...{ resource: 'viewResource', reference: 'viewReference', interaction: '$viewdefinition-run' },
};

/** By the name of 2.x. */
export const viewDefinitionRunOperation: Operation = {
  ...shared,
  id: 'ViewDefinition-run',
  code: 'viewdefinition-run',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/ViewDefinitionRun',
  title: 'The table of a view',
  description,
  also: ['/ViewDefinition', '/ViewDefinition/:id'],
  parameters: [...subjects(names, 'The ViewDefinition'), ...others],
  async run(services, call, input) {
    const view = await subjectOf(services, call, (name) => input.get(name)?.[0], names);
    return runView(services, call, input, view);
  },
};
