/**
 * Every operation of this server. Its routes, its OperationDefinition, the CapabilityStatement and the message about an unknown operation
 * are made from this table.
 */
import { exportOperations } from './export/operation.ts';
import { bulkPublishOperation } from './publish/operation.ts';
import { bulkDeleteOperation } from './bulk-delete/operation.ts';
import { importOperation } from './import/operation.ts';
import { submitOperations } from './submit/operation.ts';
import { accessHistoryOperation } from './access-history.ts';
import { changesOperation } from './changes/operation.ts';
import { document } from './document.ts';
import { everything } from './everything.ts';
import { explainAccessOperation } from './explain-access.ts';
import { observationOperations } from './observations/operations.ts';
import { meta, metaAdd, metaDelete } from './meta.ts';
import { validate } from './validate.ts';
import { subscriptionOperations } from './subscriptions/operations.ts';
import { terminologyOperations } from './terminology/operations.ts';
import { reportEventOperation } from './topics/report-event.ts';
import { tryTopicOperation } from './topics/operation.ts';
import { versionsOperation } from './versions.ts';
import { sqlQueryRunOperation, sqlRunOperation } from './sql/operation.ts';
import { viewDefinitionRunOperation } from './views/operation.ts';
import { sqlExportOperation, viewDefinitionExportOperation } from './views-export/operation.ts';
import type { Level } from '../contract/route.ts';
import { isOn, type Operation, type OperationParameter } from './operation.ts';

const returnsMeta: OperationParameter = {
  name: 'return',
  use: 'out',
  min: 1,
  max: '1',
  type: 'Meta',
  documentation: 'The meta; after a change that of the new version.',
};

function takesMeta(documentation: string): OperationParameter {
  return { name: 'meta', use: 'in', min: 1, max: '1', type: 'Meta', documentation };
}

/** https://hl7.org/fhir/R5/patient-operation-everything.html */
const aboutEverything: readonly OperationParameter[] = [
  {
    name: '_since',
    use: 'in',
    min: 0,
    max: '1',
    type: 'instant',
    documentation: 'Only what was stored at that time or later. What comes along by reference is not limited.',
  },
  {
    name: '_type',
    use: 'in',
    min: 0,
    max: '*',
    type: 'code',
    documentation: 'Only resources of these types, which may be separated by commas.',
  },
  {
    name: '_count',
    use: 'in',
    min: 0,
    max: '1',
    type: 'integer',
    documentation: 'At most so many matches on a page, and a link to the next one. Without it all comes in one Bundle.',
  },
  {
    name: '_outputFormat',
    use: 'in',
    min: 0,
    max: '1',
    type: 'code',
    documentation:
      'application/fhir+ndjson, application/ndjson or ndjson: a resource a line in the place of a Bundle, as with Accept: application/fhir+ndjson. It goes without _count.',
  },
  { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A Bundle of type searchset.' },
];

export const operations: readonly Operation[] = [
  {
    id: 'Resource-validate',
    code: 'validate',
    title: 'Validate a resource without storing it',
    description:
      'What a write would find wrong with the resource, and warnings; the resource at the address where none is sent. The answer is an OperationOutcome, also for a resource that does not conform.',
    affectsState: false,
    levels: ['type', 'instance'],
    types: 'Resource',
    permission: 'r',
    isBlind: true,
    takesResource: true,
    parameters: [
      {
        name: 'resource',
        use: 'in',
        min: 0,
        max: '1',
        type: 'Resource',
        documentation: 'The resource; it may be the body itself, in the place of Parameters.',
      },
      {
        name: 'mode',
        use: 'in',
        min: 0,
        max: '1',
        type: 'code',
        documentation:
          'create or update: whether the resource would be taken; delete: whether there is one to delete, and nothing refers to it where references are kept whole; profile: whether the stored resource meets the profile.',
      },
      {
        name: 'profile',
        use: 'in',
        min: 0,
        max: '*',
        type: 'canonical',
        documentation: 'Profiles that it must meet beside those that it claims.',
      },
      {
        name: 'usageContext',
        use: 'in',
        min: 0,
        max: '*',
        type: 'UsageContext',
        documentation:
          'In what context the resource would be used: additional bindings that are for such a use hold, too. It is sent as Parameters.',
      },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome', documentation: 'All that was found.' },
    ],
    run: validate,
  },
  {
    id: 'Resource-meta',
    code: 'meta',
    title: 'Profiles, tags and security labels',
    description:
      'Of a resource, the meta of the current version, or of an earlier one where it is invoked on that. Of a type and of the ' +
      'system, the profiles, tags and security labels of all current resources that the caller may search, each once.',
    affectsState: false,
    levels: ['system', 'type', 'instance', 'version'],
    types: 'Resource',
    permission: 'r',
    parameters: [returnsMeta],
    run: meta,
  },
  {
    id: 'Resource-meta-add',
    code: 'meta-add',
    title: 'Add profiles, tags and security labels to a resource',
    description: 'What the resource has already is not added again. A new version is made when something is added.',
    affectsState: true,
    levels: ['instance'],
    types: 'Resource',
    permission: 'u',
    parameters: [
      takesMeta('What to add. Tags and labels are the same by system and code, profiles by their full URL.'),
      returnsMeta,
    ],
    conditions: ['if-match'],
    run: metaAdd,
  },
  {
    id: 'Resource-meta-delete',
    code: 'meta-delete',
    title: 'Remove profiles, tags and security labels from a resource',
    description: 'What the resource does not have is no error. A new version is made when something is removed.',
    affectsState: true,
    levels: ['instance'],
    types: 'Resource',
    permission: 'u',
    parameters: [
      takesMeta('What to remove. Tags and labels are the same by system and code, profiles by their full URL.'),
      returnsMeta,
    ],
    conditions: ['if-match'],
    run: metaDelete,
  },
  {
    id: 'Composition-document',
    code: 'document',
    title: 'The document of a Composition',
    description:
      'A Bundle of type document: the Composition, and the resources of this server that it refers to, as they are now.',
    affectsState: false,
    mayStore: true,
    levels: ['instance'],
    types: ['Composition'],
    permission: 'r',
    parameters: [
      {
        name: 'persist',
        use: 'in',
        min: 0,
        max: '1',
        type: 'boolean',
        documentation:
          'Whether the document is stored as a Bundle, which takes a POST; Location is then its address. Default: false.',
      },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'The document.' },
    ],
    run: document,
  },
  {
    id: 'Patient-everything',
    code: 'everything',
    title: 'All about a patient',
    description:
      'The patient, all that is in the compartment of the patient, and what these resources refer to. Of the type, the same of ' +
      'all patients whom the caller may see, as far as they are not more than 100.',
    affectsState: false,
    levels: ['type', 'instance'],
    types: ['Patient'],
    permission: 'types',
    isPaged: true,
    offersLines: true,
    parameters: [
      {
        name: 'start',
        use: 'in',
        min: 0,
        max: '1',
        type: 'date',
        documentation: 'Only care from this day on; what has no date of care is not left out.',
      },
      {
        name: 'end',
        use: 'in',
        min: 0,
        max: '1',
        type: 'date',
        documentation: 'Only care up to the end of this day; what has no date of care is not left out.',
      },
      ...aboutEverything,
    ],
    run: everything,
  },
  {
    id: 'Encounter-everything',
    code: 'everything',
    title: 'All about an encounter',
    description: 'The encounter, all that is in the compartment of the encounter, and what these resources refer to.',
    affectsState: false,
    levels: ['instance'],
    types: ['Encounter'],
    permission: 'types',
    isPaged: true,
    offersLines: true,
    parameters: aboutEverything,
    run: everything,
  },
  ...observationOperations,
  accessHistoryOperation,
  explainAccessOperation,
  versionsOperation,
  viewDefinitionRunOperation,
  sqlRunOperation,
  sqlQueryRunOperation,
  viewDefinitionExportOperation,
  sqlExportOperation,
  changesOperation,
  tryTopicOperation,
  reportEventOperation,
  ...exportOperations,
  importOperation,
  ...submitOperations,
  bulkDeleteOperation,
  bulkPublishOperation,
  ...subscriptionOperations,
  ...terminologyOperations,
];

/** The operations at a place; `type` is '' for the system. */
export function operationsAt(level: Level, type: string): readonly Operation[] {
  return operations.filter((each) => each.levels.includes(level) && (type === '' || isOn(each, type)));
}
