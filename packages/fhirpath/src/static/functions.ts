import { anything, many, single, type Group, type Kind } from './kind.ts';

/** The types of a function: of its input, its arguments, and its result. */
export interface Signature {
  /** Types of which at least one must be possible for the items of the input. */
  readonly of?: Group;
  /** The finding if none is possible. */
  readonly finding?: string;
  /** Whether it needs an order of the items. */
  readonly isOrdered?: true;
  /** Whether its arguments are evaluated for each item, which is `$this` meanwhile. */
  readonly isEach?: true;
  /** Those of the arguments; `any` may be anything, `input` is of a type of the items. */
  readonly args?: readonly (Group | 'any' | 'input')[];
  readonly gives: 'input' | 'one' | 'argument' | 'any' | Kind;
}

const boolean = single('System.Boolean');
const string = single('System.String');
const integer = single('System.Integer');
const decimal = single('System.Decimal');

const text = { of: 'string', finding: 'FHIRPATH_STRING_SING_ONLY' } as const;
const numerical = { of: 'numerical', finding: 'FHIRPATH_NUMERICAL_ONLY', gives: 'input' } as const;
const real = { of: 'number', finding: 'FHIRPATH_DECIMAL_ONLY', gives: decimal } as const;
const continuous = { of: 'continuous', finding: 'FHIRPATH_CONTINUOUS_ONLY' } as const;
const primitive = { of: 'primitive', finding: 'FHIRPATH_PRIMITIVE_ONLY' } as const;
const part = { isOrdered: true, gives: 'input' } as const;

const conversions = ['Boolean', 'Integer', 'Long', 'Decimal', 'String', 'Date', 'DateTime', 'Time', 'Quantity'];

/** The signatures of functions with types; nothing is known of others. `iif`, `repeat`, `defineVariable`, `ofType`, `as` and `is` are not here. */
export const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...['empty', 'count', 'isDistinct'].map((name): [string, Signature] => [
    name,
    { gives: name === 'count' ? integer : boolean },
  ]),
  ...['exists', 'all'].map((name): [string, Signature] => [name, { isEach: true, args: ['boolean'], gives: boolean }]),
  ...['not', 'allTrue', 'anyTrue', 'allFalse', 'anyFalse', 'hasValue'].map((name): [string, Signature] => [
    name,
    { gives: boolean },
  ]),
  ...['subsetOf', 'supersetOf'].map((name): [string, Signature] => [name, { args: ['input'], gives: boolean }]),
  ['where', { isEach: true, args: ['boolean'], gives: 'input' }],
  ['sort', { isEach: true, gives: 'input' }],
  ['select', { isEach: true, gives: 'argument' }],
  ['trace', { isEach: true, gives: 'input' }],
  ...['distinct', 'intersect', 'exclude', 'checkModifiers'].map((name): [string, Signature] => [
    name,
    { gives: 'input' },
  ]),
  ['single', { gives: 'one' }],
  ['first', { ...part, gives: 'one' }],
  ['last', { ...part, gives: 'one' }],
  ['tail', part],
  ['skip', { ...part, args: ['integer'] }],
  ['take', { ...part, args: ['integer'] }],
  ...['startsWith', 'endsWith', 'contains'].map((name): [string, Signature] => [
    name,
    { ...text, args: ['string'], gives: boolean },
  ]),
  ...['matches', 'matchesFull'].map((name): [string, Signature] => [
    name,
    { ...text, args: ['string', 'string'], gives: boolean },
  ]),
  ...['indexOf', 'lastIndexOf'].map((name): [string, Signature] => [
    name,
    { ...text, args: ['string'], gives: integer },
  ]),
  ['length', { ...text, gives: integer }],
  ['substring', { ...text, args: ['integer', 'integer'], gives: string }],
  ...['upper', 'lower', 'trim'].map((name): [string, Signature] => [name, { ...text, gives: string }]),
  ...['replace', 'replaceMatches'].map((name): [string, Signature] => [
    name,
    { ...text, args: ['string', 'string'], gives: string },
  ]),
  ...['encode', 'decode', 'escape', 'unescape'].map((name): [string, Signature] => [
    name,
    { ...text, args: ['string'], gives: string },
  ]),
  ['toChars', { ...text, gives: many('System.String') }],
  ['split', { ...text, args: ['string'], gives: many('System.String') }],
  ['join', { of: 'string', finding: 'FHIRPATH_STRING_ORD_ONLY', isOrdered: true, args: ['string'], gives: string }],
  ...['abs', 'round'].map((name): [string, Signature] => [name, numerical]),
  ...['ceiling', 'floor', 'truncate'].map((name): [string, Signature] => [name, { ...numerical, gives: integer }]),
  ...['exp', 'ln', 'sqrt'].map((name): [string, Signature] => [name, real]),
  ...['log', 'power'].map((name): [string, Signature] => [name, { ...real, args: ['number'] }]),
  ...['lowBoundary', 'highBoundary'].map((name): [string, Signature] => [
    name,
    { ...continuous, args: ['integer'], gives: 'input' },
  ]),
  ['precision', { ...continuous, gives: integer }],
  ['comparable', { of: 'quantity', finding: 'FHIRPATH_NUMERICAL_ONLY', args: ['quantity'], gives: boolean }],
  ...conversions.flatMap((name): [string, Signature][] => [
    [`to${name}`, { ...primitive, gives: single(`System.${name}`) }],
    [`convertsTo${name}`, { ...primitive, gives: boolean }],
  ]),
  ['getValue', { ...primitive, gives: 'one' }],
  ['children', { gives: { ...anything, isOrdered: false } }],
  ['descendants', { gives: { ...anything, isOrdered: false } }],
  ['type', { gives: many('System.TypeInfo') }],
  ['now', { gives: single('System.DateTime') }],
  ['today', { gives: single('System.Date') }],
  ['timeOfDay', { gives: single('System.Time') }],
  ['extension', { args: ['string'], gives: many('Extension') }],
  ['resolve', { of: 'reference', finding: 'FHIRPATH_REFERENCE_ONLY', gives: 'any' }],
  ['memberOf', { of: 'coded', finding: 'FHIRPATH_CODED_ONLY', args: ['string'], gives: boolean }],
  ['conformsTo', { args: ['string'], gives: boolean }],
  ['htmlChecks', { gives: boolean }],
  ['aggregate', { gives: 'any' }],
  ['getResourceKey', { gives: string }],
  ['getReferenceKey', { gives: many('System.String') }],
]);
