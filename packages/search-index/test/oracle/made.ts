import { elementsOf, resourceTypes, typeOf, type ElementModel } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { searchParametersOf } from '@dhp/fhir-search/parameters';

/**
 * Resources with every element that R5 gives their type, for cases without examples. They break rules (all choices are made, but one
 * variant after the other); the codes are those in the expressions of the type's search parameters.
 */
export function* madeResources(): Generator<{ name: string; resource: JsonResource }> {
  for (const resource of byHand) yield { name: `${resource.resourceType} by hand`, resource };
  for (const type of resourceTypes) {
    const codes = [
      ...new Set([...searchParametersOf(type).values()].flatMap(({ expression = '' }) => literalsIn(expression))),
    ];
    // As many as an Observation has kinds of value, so that each type, target and code has its turn.
    const variants = Math.max(13, codes.length);
    for (let variant = 0; variant < variants; variant++) {
      const members = object(type, { variant, code: codes[variant % codes.length] ?? 'c', within: [type] });
      yield { name: `${type} ${variant}`, resource: { ...members, resourceType: type, id: `made-${variant}` } };
    }
  }
}

/** Resources for parameters whose values are in extensions. */
const byHand: readonly JsonResource[] = [
  {
    resourceType: 'Patient',
    extension: [
      {
        url: 'http://example.org/fhir/StructureDefinition/participation-agreement',
        valueUri: 'http://a.org/agreement',
      },
    ],
  },
  {
    resourceType: 'QuestionnaireResponse',
    item: [
      {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject', valueBoolean: true },
        ],
        answer: [{ valueReference: { reference: 'Patient/p' } }],
      },
      { answer: [{ valueReference: { reference: 'Patient/q' } }] },
    ],
  },
];

const literalsIn = (expression: string): string[] => [...expression.matchAll(/'([a-z-]+)'/g)].map((match) => match[1]!);

interface Making {
  readonly variant: number;
  readonly code: string;
  /** The types that are being made: none is made within itself. */
  readonly within: readonly string[];
}

/** Consent.provision has an element `resourceType`, which makes the reference engine take it for a resource. */
const leftOut = new Set(['contained', 'id', 'resourceType']);

function object(type: string, making: Making): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const element of elementsOf(type)!.values()) {
    const kind = chosen(element, making.variant);
    if (kind === undefined || kind === 'Narrative' || leftOut.has(element.name) || making.within.includes(kind))
      continue;
    const value = valueOf(kind, element, making);
    if (value === undefined) continue;
    const name = element.choice ? element.name + kind.charAt(0).toUpperCase() + kind.slice(1) : element.name;
    made[name] = element.max > 1 ? [value] : value;
  }
  return made;
}

/** Returns the next of the types of a choice; for any type (`*`), mostly a Reference. */
function chosen({ types }: ElementModel, variant: number): string | undefined {
  return types.length > 20 && variant % 2 === 0 ? 'Reference' : types[variant % types.length];
}

function valueOf(type: string, element: ElementModel, making: Making): unknown {
  const { variant, code } = making;
  const named = element.targets?.[variant % element.targets.length] ?? 'Resource';
  const target = named === 'Resource' ? 'Patient' : named;
  switch (type) {
    case 'Extension':
      return undefined;
    case 'Resource':
      return { resourceType: variant % 2 === 0 ? 'Composition' : 'MessageHeader', id: 'first' };
    case 'Reference':
      return reference(target, variant);
    case 'CodeableReference':
      return { concept: object('CodeableConcept', nested(making, type)), reference: reference(target, variant) };
    default:
      break;
  }
  if (typeOf(type)?.kind !== 'primitive') return object(type, nested(making, type));
  switch (type) {
    case 'boolean':
      return variant % 2 === 0;
    case 'code':
      return code;
    case 'date':
      return ['2020', '2020-02', '2020-02-29'][variant % 3];
    case 'dateTime':
      return ['2020', '2020-02', '2020-02-29', '2020-02-29T10:11:12+05:00'][variant % 4];
    case 'instant':
      return '2020-02-29T10:11:12.5Z';
    case 'decimal':
      return 1.5 + variant;
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return variant + 1;
    case 'canonical':
      return `http://a.org/${element.name}${variant % 2 === 0 ? '|1' : ''}`;
    case 'uri':
    case 'url':
      return `http://a.org/${element.name}`;
    default:
      return `${element.name} ${variant}`;
  }
}

const nested = (making: Making, type: string): Making => ({ ...making, within: [...making.within, type] });

function reference(type: string, variant: number): object {
  const forms = [`${type}/r`, `${type}/r/_history/2`, `http://a.org/fhir/${type}/r`];
  const identifier = { system: 'http://a.org/ids', value: 'v' };
  return variant % 4 === 3 ? { type, identifier, display: 'Aliyev' } : { reference: forms[variant % 4] };
}
