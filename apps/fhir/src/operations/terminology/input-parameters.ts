/** The parameters of the terminology operations, each declared once. https://hl7.org/fhir/R5/terminology-service.html */
import type { OperationParameter } from '../operation.ts';

type Type = OperationParameter['type'];

function one(name: string, type: Type, documentation: string): OperationParameter {
  return { name, use: 'in', min: 0, max: '1', ...(type && { type }), documentation };
}

function many(name: string, type: Type, documentation: string): OperationParameter {
  return { ...one(name, type, documentation), max: '*' };
}

/** A parameter that the address of an instance already states. */
function ofType(parameter: OperationParameter): OperationParameter {
  return { ...parameter, scope: ['type'] };
}

/** Parameters of every terminology operation. */
const common = [
  many(
    'tx-resource',
    'Resource',
    'A CodeSystem, ValueSet or ConceptMap that this request knows beside what is stored.',
  ),
  one('uuid', 'string', 'A name that the client gives its request; it changes nothing.'),
  one('cache-id', 'id', 'A name for resources sent before; nothing is kept, so each request brings its tx-resource.'),
  one(
    'default-to-latest-version',
    'boolean',
    'Whether the latest version of a code system counts where none is named. It always does; false is refused.',
  ),
  one(
    'profile-url',
    'uri',
    'A profile of expansions that the client keeps; what it asks for is in the other parameters.',
  ),
  one('diagnostics', 'boolean', 'Whether the client would like to hear how it was answered; it changes nothing.'),
] as const;

const languages = [
  one(
    'displayLanguage',
    'code',
    'The languages of names, also with weights (`uz, ru;q=0.5`); without it those of Accept-Language.',
  ),
  many('useSupplement', 'canonical', 'A supplement whose names and properties count as well.'),
] as const;

const versionRules = [
  many('system-version', 'canonical', 'The version of a code system where the value set names none: `url|version`.'),
  many('check-system-version', 'canonical', 'The version that a code system must have; another one is an error.'),
  many('force-system-version', 'canonical', 'The version of a code system, whatever the value set names.'),
  many('default-valueset-version', 'canonical', 'The version of a value set where a reference names none.'),
  many('check-valueset-version', 'canonical', 'The version that a value set must have; another one is an error.'),
  many('force-valueset-version', 'canonical', 'The version of a value set, whatever a reference names.'),
] as const;

const valueSet = [
  ofType(one('url', 'uri', 'The canonical of the value set; `|version` may follow.')),
  ofType(one('valueSet', 'ValueSet', 'The value set itself.')),
  ofType(one('valueSetVersion', 'string', 'The version of the value set.')),
] as const;

const date = one(
  'date',
  'dateTime',
  'What is known is taken as it was then: of versions those of that date or before, of a code the status it had.',
);

const context = ofType(
  one('context', 'uri', 'The element whose value set is meant, in the place of url: `[profile]#[path, id or slice]`.'),
);

const coded = [
  one('coding', 'Coding', 'The coding to validate.'),
  one('codeableConcept', 'CodeableConcept', 'The concept to validate: one of its codings must be right.'),
  one('display', 'string', 'A name that must be one of the code.'),
] as const;

const howToValidate = [
  one('abstract', 'boolean', 'Whether a code that is only a heading is right.'),
  one('lenient-display-validation', 'boolean', 'Whether a wrong name is a warning only.'),
] as const;

/** https://hl7.org/fhir/R5/codesystem-operation-lookup.html */
export const lookupInput: readonly OperationParameter[] = [
  one('code', 'code', 'The code; `system` goes with it.'),
  ofType(one('system', 'uri', 'The code system.')),
  ofType(one('version', 'string', 'The version of the code system; without it the latest.')),
  one('coding', 'Coding', 'The code with its system, in the place of the three.'),
  many('property', 'code', 'What to tell of it, by code or uri; `lang.uz` a name in a language, `*` everything.'),
  date,
  ...languages,
  ...versionRules.slice(0, 3),
  ...common,
];

/** https://hl7.org/fhir/R5/codesystem-operation-subsumes.html */
export const subsumesInput: readonly OperationParameter[] = [
  one('codeA', 'code', 'The first code; `system` goes with it.'),
  one('codeB', 'code', 'The second code.'),
  ofType(one('system', 'uri', 'The code system of both.')),
  ofType(one('version', 'string', 'The version of the code system; without it the latest.')),
  one('codingA', 'Coding', 'The first code with its system.'),
  one('codingB', 'Coding', 'The second code with its system.'),
  ...versionRules.slice(0, 3),
  ...common,
];

/** https://hl7.org/fhir/R5/codesystem-operation-validate-code.html */
export const systemValidateInput: readonly OperationParameter[] = [
  ofType(one('url', 'uri', 'The code system.')),
  ofType(one('codeSystem', 'CodeSystem', 'The code system itself.')),
  one('code', 'code', 'The code to validate.'),
  ofType(one('system', 'uri', 'The code system, as older clients name it.')),
  ofType(one('version', 'string', 'The version of the code system; without it the latest.')),
  ...coded,
  ...howToValidate,
  date,
  ...languages,
  ...versionRules,
  ...common,
];

/** https://hl7.org/fhir/R5/valueset-operation-validate-code.html */
export const valueSetValidateInput: readonly OperationParameter[] = [
  ...valueSet,
  context,
  one('code', 'code', 'The code to validate; `system` or `inferSystem` goes with it.'),
  one('system', 'uri', 'The code system of the code.'),
  one('systemVersion', 'string', 'The version of the code system.'),
  one('inferSystem', 'boolean', 'Whether the value set tells of which code system the code is.'),
  ...coded,
  ...howToValidate,
  date,
  one('activeOnly', 'boolean', 'Whether inactive codes are wrong.'),
  one('valueset-membership-only', 'boolean', 'Whether only the value set counts, and nothing else about the code.'),
  one('versionsMatch', 'boolean', 'Whether includes and excludes of different versions of a code system are compared.'),
  ...languages,
  ...versionRules,
  ...common,
];

/** https://hl7.org/fhir/R5/valueset-operation-expand.html */
export const expandInput: readonly OperationParameter[] = [
  ...valueSet,
  context,
  ofType(
    one(
      'contextDirection',
      'code',
      '`incoming`: the value set that new data is bound to; `outgoing`: that of all data.',
    ),
  ),
  date,
  one('filter', 'string', 'Words, each of which begins a word of the code or of one of its names, in any language.'),
  one('offset', 'integer', 'How many codes to pass over.'),
  one('count', 'integer', 'How many codes to answer with.'),
  one('includeDesignations', 'boolean', 'Whether all names of each code are told.'),
  many('designation', 'string', 'Names to tell: a language, or `system|code` of a use.'),
  one('includeDefinition', 'boolean', 'Whether the answer repeats the definition of the value set.'),
  one('activeOnly', 'boolean', 'Whether inactive codes are left out.'),
  one('excludeNested', 'boolean', 'Whether the answer is a plain list, never a tree.'),
  one('excludeNotForUI', 'boolean', 'Whether codes that are only headings are left out.'),
  one('excludePostCoordinated', 'boolean', 'Whether post-coordinated codes are left out; no code system here has any.'),
  many('property', 'string', 'Properties of the codes to tell, by code or uri; `*` is all.'),
  many('exclude-system', 'canonical', 'A code system that is left out.'),
  one('versionsMatch', 'boolean', 'Whether includes and excludes of different versions of a code system are compared.'),
  one('limitedExpansion', 'boolean', 'Whether a part would do; the answer is whole, or too costly all the same.'),
  one('incomplete-ok', 'boolean', 'As limitedExpansion.'),
  ...languages,
  ...versionRules,
  ...common,
];

/** An operation that is not in R5, but in HL7's terminology tests and R6. */
export const relatedInput: readonly OperationParameter[] = [
  ofType(one('thisUrl', 'uri', 'The first value set.')),
  ofType(one('thisValueSet', 'ValueSet', 'The first value set itself.')),
  one('otherUrl', 'uri', 'The value set that it is compared with.'),
  one('otherValueSet', 'ValueSet', 'The value set that it is compared with, itself.'),
  ...common.map((each) =>
    each.name === 'diagnostics'
      ? { ...each, documentation: 'Whether the answer lists the codes, and says how it was found.' }
      : each,
  ),
];

/** https://hl7.org/fhir/R5/conceptmap-operation-translate.html */
export const translateInput: readonly OperationParameter[] = [
  ofType(one('url', 'uri', 'The concept map; without it all that fit.')),
  ofType(one('conceptMap', 'ConceptMap', 'The concept map itself.')),
  ofType(one('conceptMapVersion', 'string', 'The version of the concept map.')),
  one('sourceCode', 'code', 'The code to translate; `system` goes with it.'),
  one('system', 'uri', 'The code system of the code.'),
  one('version', 'string', 'The version of the code system.'),
  one('sourceSystem', 'uri', 'The code system of sourceCode, or that whose codes are wanted for a target code.'),
  one('sourceScope', 'uri', 'The value set that the code is meant in.'),
  one('sourceCoding', 'Coding', 'The coding to translate.'),
  one('sourceCodeableConcept', 'CodeableConcept', 'The concept to translate: all its codings.'),
  one('targetCode', 'code', 'A code of the target: what is translated to it is told.'),
  one('targetCoding', 'Coding', 'A coding of the target: what is translated to it is told.'),
  one('targetCodeableConcept', 'CodeableConcept', 'A concept of the target: what is translated to it is told.'),
  one('targetScope', 'uri', 'The value set that a translation should be in.'),
  one('targetSystem', 'uri', 'The code system that a translation should be of; or that of targetCode.'),
  {
    ...many('dependency', undefined, 'A value of another element that the translation may depend on.'),
    part: [
      { name: 'attribute', min: 0, max: '1', type: 'uri', documentation: 'The attribute of the concept map.' },
      { name: 'value', min: 0, max: '1', type: 'Element', documentation: 'Its value.' },
    ],
  },
  ...common,
];

/** Parameters of a batch: each validation as separate Parameters, and common parameters beside them. */
export function batchInput(single: readonly OperationParameter[]): readonly OperationParameter[] {
  return [
    { ...many('validation', 'Parameters', 'The parameters of one validation.'), min: 1 },
    ...single.map((parameter) => ({ ...parameter, documentation: `For all: ${parameter.documentation}` })),
  ];
}

/** https://hl7.org/fhir/R5/conceptmap-operation-closure.html */
export const closureInput: readonly OperationParameter[] = [
  { ...one('name', 'string', 'The name of the table; alone it makes the table, or empties it.'), min: 1 },
  many('concept', 'Coding', 'A concept to add.'),
  one('version', 'string', 'The last version that the client has: all that came later is told once more.'),
];
