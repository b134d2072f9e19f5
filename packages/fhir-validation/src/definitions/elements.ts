import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { baseTypeOf, type StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';
import { checkBindingOf } from './binding.ts';
import { checkConstraint } from './constraint.ts';
import { checkTypeProfiles } from './element-types.ts';
import { modelAt } from './paths.ts';
import { checkSlicing } from './slicing.ts';
import { checkSnapshotElement } from './snapshot-element.ts';

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/**
 * The types for which an element definition may state a binding, targets, a maximum length or a range, from the type definitions of R5.
 * https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-type-characteristics.html
 */
const characteristics = {
  binding: setOf('CodeableConcept CodeableReference Coding Extension Quantity Range RatioRange code string uri url'),
  targetProfile: setOf('CodeableReference Reference canonical'),
  maxLength: setOf(
    'canonical code date dateTime decimal id instant integer integer64 oid positiveInt string time unsignedInt uri url uuid',
  ),
  range: setOf(
    'Age Count Distance Duration MonetaryComponent Money Quantity date dateTime decimal instant integer integer64 ' +
      'positiveInt time unsignedInt',
  ),
};

const fhirType = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';

/** Checks every element of the differential and of the snapshot. https://hl7.org/fhir/R5/elementdefinition.html */
export function checkElements(resource: Json, run: Run): void {
  const { type, derivation, url } = resource as unknown as StructureDefinition;
  const isExperimental = resource['experimental'] === true;
  // If the base is unavailable, neither the elements of the model nor its name are known.
  const isUnknown = derivation === 'specialization' && isBaseUnknown(resource['baseDefinition'], run);
  const name = typeof type === 'string' && !isUnknown ? type.split('/').at(-1)! : undefined;
  for (const part of ['differential', 'snapshot']) {
    const list = isObject(resource[part]) ? listOf(resource[part]['element']) : [];
    const ids = new Set<string>();
    const rules = new Map<unknown, string>();
    run.enter(part, -1);
    for (const [i, element] of list.entries()) {
      if (!isObject(element)) continue;
      run.spend(2);
      run.enter('element', i);
      if (typeof element['id'] === 'string') {
        if (ids.has(element['id'])) run.report('id-duplicate', { id: shown(element['id']) });
        ids.add(element['id']);
      }
      checkElement(
        element,
        { name, url, isExperimental, isProfile: derivation === 'constraint', isSnapshot: part === 'snapshot', rules },
        run,
      );
      run.leave();
    }
    run.leave();
  }
}

const isBaseUnknown = (base: unknown, { rules: { profiles } }: Run): boolean =>
  typeof base === 'string' && baseTypeOf(base) === undefined && profiles.structure(base) === undefined;

/** The facts about the definition that the checks of its elements need. */
interface Defined {
  readonly name: string | undefined;
  readonly url: string | undefined;
  readonly isExperimental: boolean;
  readonly isProfile: boolean;
  readonly isSnapshot: boolean;
  /** Expressions of the rules seen so far, by key. */
  readonly rules: Map<unknown, string>;
}

function checkElement(
  element: Json,
  { name: type, url, isExperimental, isProfile, isSnapshot, rules }: Defined,
  run: Run,
): void {
  const { path } = element;
  if (typeof path === 'string') {
    if (type !== undefined && path !== type && !path.startsWith(`${type}.`))
      run.report('definition-path', { path: shown(path), type });
    if (!isSnapshot && !path.includes('.') && element['slicing'] !== undefined) run.report('definition-root-slicing');
  }
  checkSlicing(element, run);
  // A snapshot also contains statements of the base, for which the profile is not responsible.
  if (isSnapshot) {
    checkValueTypes(element, run);
    checkBindable(element, run);
    checkSnapshotElement(element, isProfile, run);
    checkNamed(element, run);
  } else checkTypes(element, isProfile, run);
  checkTypeProfiles(element, run);
  for (const [j, constraint] of listOf(element['constraint']).entries())
    if (isObject(constraint)) {
      run.enter('constraint', j);
      checkConstraint(constraint, { element, url, isSnapshot, before: rules }, run);
      run.leave();
    }
  checkBindingOf(element, isExperimental, run);
}

/** Reports statements that none of the element's types allows. */
function checkTypes(element: Json, isProfile: boolean, run: Run): void {
  const { path } = element;
  const types = listOf(element['type']).filter(isObject);
  // The root element of a profile has the profiled type.
  const own = isProfile && typeof path === 'string' && typeOf(path)?.kind === 'complex' ? [path] : [];
  const stated = types.length === 0 ? [] : knownCodes(types);
  if (stated === undefined || own.length + stated.length === 0) return;
  const codes = [...stated, ...own];
  const refuse = (name: string, allowed: ReadonlySet<string>): void => {
    if (!codes.some((code) => allowed.has(code)))
      run.report('definition-not-for-type', { element: name, types: codes.join(', ') });
  };
  for (const [j, { targetProfile }] of types.entries()) {
    if (targetProfile === undefined || characteristics.targetProfile.has(codes[j]!)) continue;
    run.report('definition-not-for-type', { element: 'targetProfile', types: codes[j]! });
  }
  if (element['binding'] !== undefined) refuse('binding', characteristics.binding);
  if (element['maxLength'] !== undefined) refuse('maxLength', characteristics.maxLength);
  for (const name of Object.keys(element))
    if (/^m(?:in|ax)Value[A-Z]/.test(name)) refuse(name.slice(0, 8), characteristics.range);
}

/** In a snapshot, a type must have a code and a binding must have a value set. */
function checkNamed({ path, type, binding }: Json, run: Run): void {
  for (const one of listOf(type).filter(isObject))
    if (one['code'] === undefined && one['_code'] !== undefined && codeOf(one) === undefined)
      run.report('definition-type-code', { path: shown(path) });
  if (!isObject(binding) || binding['valueSet'] !== undefined || binding['_valueSet'] === undefined) return;
  run.enter('binding', -1);
  run.report('definition-binding-empty', { path: shown(path) });
  run.leave();
}

/**
 * In a snapshot, a binding needs a type that has codes. A binding that R5 states for a choice is accepted if a profile narrows the choice
 * to other types; it then has no effect.
 */
function checkBindable({ path, type, binding }: Json, run: Run): void {
  const codes = binding === undefined ? undefined : knownCodes(listOf(type).filter(isObject));
  if (codes === undefined || codes.some(isBindable) || isBoundChoice(path)) return;
  run.report('definition-not-for-type', { element: 'binding', types: codes.join(', ') });
  run.enter('binding', -1);
  run.report('definition-binding-type', { path: shown(path), types: codes.join(', ') });
  run.leave();
}

function isBoundChoice(path: unknown): boolean {
  if (typeof path !== 'string' || !path.endsWith('[x]')) return false;
  const model = modelAt(path, path.split('.')[0]!);
  return model === 'unknown' || model?.binding !== undefined;
}

const isBindable = (code: string): boolean =>
  characteristics.binding.has(code) || isSubtype(code, 'string') || isSubtype(code, 'uri');

function checkValueTypes(element: Json, run: Run): void {
  const codes = knownCodes(listOf(element['type']).filter(isObject));
  if (codes !== undefined) for (const name of Object.keys(element)) checkValueType(name, codes, run);
}

/**
 * Returns the type codes of an element; undefined if there are none or some are not in R5, because other definitions state themselves what
 * their values may have.
 */
function knownCodes(types: readonly Json[]): readonly string[] | undefined {
  const codes = types.map(codeOf).filter((code) => typeof code === 'string' && typeOf(code) !== undefined);
  return codes.length === 0 || codes.length < types.length ? undefined : (codes as string[]);
}

function codeOf({ code, extension }: Json): unknown {
  const stated = listOf(extension).find((one) => isObject(one) && one['url'] === fhirType);
  return isObject(stated) ? (stated['valueUrl'] ?? stated['valueUri']) : code;
}

/** The type of a fixed value, pattern or default must be one of the element's types. */
function checkValueType(name: string, codes: readonly string[], run: Run): void {
  const [, kind, suffix] = /^(fixed|pattern|defaultValue)([A-Z]\w*)$/.exec(name) ?? [];
  if (kind === undefined || suffix === undefined) return;
  const type = typeOf(suffix) === undefined ? suffix.charAt(0).toLowerCase() + suffix.slice(1) : suffix;
  if (codes.includes(type)) return;
  run.enter(`${kind}.ofType(${type})`, -1);
  run.report('definition-value-type', { found: type, types: codes.join(', ') });
  run.leave();
}
