/** The terminology operations. https://hl7.org/fhir/R5/terminology-service.html */
import type { ConceptMap, ValueSet } from '@dhp/fhir-model';
import type { Operation } from '../operation.ts';
import { answering } from './answer.ts';
import { closure } from './closure.ts';
import {
  batchInput,
  closureInput,
  expandInput,
  lookupInput,
  relatedInput,
  subsumesInput,
  systemValidateInput,
  translateInput,
  valueSetValidateInput,
} from './input-parameters.ts';
import {
  batchOutput,
  closureOutput,
  expandOutput,
  lookupOutput,
  relatedOutput,
  subsumesOutput,
  translateOutput,
  validateOutput,
} from './output-parameters.ts';

/** Parameters that widely used clients add to an address to bypass caches. */
const ignores = ['nocache'] as const;

/** Common settings: no operation changes a resource, and a token that may read the type may invoke it. */
const reading = { affectsState: false, permission: 'r', levels: ['type', 'instance'], ignores } as const;

export const terminologyOperations: readonly Operation[] = [
  {
    ...reading,
    id: 'CodeSystem-lookup',
    code: 'lookup',
    title: 'What a code means',
    description: 'The names, the definition and the properties of a code.',
    types: ['CodeSystem'],
    parameters: [...lookupInput, ...lookupOutput],
    answer: answering((terminology, { parameters, context }) => terminology.lookup(parameters, context)),
  },
  {
    ...reading,
    id: 'CodeSystem-validate-code',
    code: 'validate-code',
    title: 'Whether a code is in a code system',
    description: 'Whether the code system has a code, and whether a name is one of it.',
    types: ['CodeSystem'],
    parameters: [...systemValidateInput, ...validateOutput],
    answer: answering((terminology, { parameters, context }) => terminology.validateSystemCode(parameters, context), {
      system: 'url',
    }),
  },
  {
    ...reading,
    id: 'ValueSet-validate-code',
    code: 'validate-code',
    title: 'Whether a code is in a value set',
    description: 'Whether a value set has a code, a coding, or one of the codings of a concept.',
    types: ['ValueSet'],
    parameters: [...valueSetValidateInput, ...validateOutput],
    answer: answering((terminology, { parameters, context, instance }) =>
      terminology.validateValueSetCode(parameters, context, instance as ValueSet | undefined),
    ),
  },
  ...batch('CodeSystem'),
  ...batch('ValueSet'),
  {
    ...reading,
    id: 'CodeSystem-subsumes',
    code: 'subsumes',
    title: 'How two codes lie in the hierarchy',
    description: 'Whether one code is the other, is above it, below it, or neither.',
    types: ['CodeSystem'],
    parameters: [...subsumesInput, ...subsumesOutput],
    answer: answering((terminology, { parameters, context }) => terminology.subsumes(parameters, context)),
  },
  {
    ...reading,
    id: 'ValueSet-expand',
    code: 'expand',
    title: 'The codes of a value set',
    description: 'All codes of a value set, those with certain words, or a page of them.',
    types: ['ValueSet'],
    parameters: [...expandInput, ...expandOutput],
    answer: answering((terminology, { parameters, context, instance }) =>
      terminology.expand(parameters, context, instance as ValueSet | undefined),
    ),
  },
  ...relating('related'),
  // HL7's terminology tests call it by this name.
  ...relating('compare'),
  {
    ...reading,
    id: 'ConceptMap-translate',
    code: 'translate',
    title: 'What a code is in another code system',
    description: 'The translations of a code by a concept map, or by all that fit.',
    types: ['ConceptMap'],
    parameters: [...translateInput, ...translateOutput],
    answer: answering((terminology, { parameters, context, instance }) =>
      terminology.translate(parameters, context, instance as ConceptMap | undefined),
    ),
  },
  {
    id: 'ConceptMap-closure',
    code: 'closure',
    title: 'A closure table that grows',
    description:
      'Keeps concepts of a client under a name, and tells of each that is added which ones before it are broader or narrower.',
    affectsState: true,
    ignores,
    permission: 'types',
    levels: ['system'],
    types: ['ConceptMap'],
    parameters: [...closureInput, ...closureOutput],
    answer: closure,
  },
];

/** Many validations in one request. */
function batch(type: 'CodeSystem' | 'ValueSet'): readonly Operation[] {
  const input = type === 'ValueSet' ? valueSetValidateInput : systemValidateInput;
  return [
    {
      ...reading,
      id: `${type}-batch-validate-code`,
      code: 'batch-validate-code',
      isOwn: true,
      title: 'Whether many codes are right',
      description: `Many questions of ${type}/$validate-code in one request.`,
      levels: ['type'],
      types: [type],
      parameters: [...batchInput(input), ...batchOutput],
      answer: answering((terminology, { parameters, context }) => terminology.batchValidate(parameters, type, context)),
    },
  ];
}

/** How two value sets are related. */
function relating(code: 'related' | 'compare'): readonly Operation[] {
  return [
    {
      ...reading,
      id: `ValueSet-${code}`,
      code,
      isOwn: true,
      title: 'How two value sets are related',
      description:
        'Whether two value sets have the same codes, one has all of the other, or they have some or none in common.',
      types: ['ValueSet'],
      parameters: [...relatedInput, ...relatedOutput],
      answer: answering((terminology, { parameters, context, instance }) =>
        terminology.related(parameters, context, instance as ValueSet | undefined),
      ),
    },
  ];
}
