import { elementsOf, typeOf } from '@dhp/fhir-model';
import { statedOnElement, statedOnType } from '../invariants/core-rules.ts';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { ElementDefinition, StructureDefinition } from '../profiles/definitions.ts';
import type { Run } from '../run.ts';
import { baseOf, checkConstraints, checkDerived } from './derivation.ts';
import { checkElements } from './elements.ts';
import { checkSlices } from './slices.ts';

/** Checks the rules of a StructureDefinition beyond its invariants. https://hl7.org/fhir/R5/profiling.html */
export function checkStructureDefinition(resource: Json, run: Run): void {
  const definition = resource as unknown as StructureDefinition;
  const elements = listOf(isObject(resource['differential']) ? resource['differential']['element'] : undefined)
    .map((element, i) => ({ element, i }))
    .filter((one): one is Stated => isObject(one.element) && typeof one.element['path'] === 'string');
  if (definition.type === 'Extension') checkExtensionUrl(definition, elements, run);
  checkContexts(definition, run);
  checkBase(definition, run);
  checkType(definition, run);
  if (definition.derivation === 'constraint') {
    checkProfile(definition, elements, run);
    checkSlices(
      definition,
      elements.map(({ element }) => element),
      run,
    );
    checkConstraints(resource, definition, run);
  }
  checkElements(resource, run);
}

function checkProfile({ type }: StructureDefinition, elements: readonly Stated[], run: Run): void {
  if (type !== 'Extension') checkForbidden(elements, run);
  if (typeOf(type) !== undefined) checkKeys(elements, run);
  checkMustSupport(elements, run);
}

/**
 * The type that is defined: one of R5, which only a profile may be on; else a logical model, named by an absolute URL.
 * https://hl7.org/fhir/R5/structuredefinition-definitions.html#StructureDefinition.type
 */
function checkType({ type, url, derivation, kind }: Partial<StructureDefinition>, run: Run): void {
  if (typeof type !== 'string' || type === '') return;
  run.enter('type', -1);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(type)) {
    const space = spaceOf(url ?? '');
    if (derivation !== 'constraint' && ![space, space.replace('StructureDefinition/', '')].includes(spaceOf(type)))
      run.report('definition-type-namespace', { type: shown(type), url: shown(url) });
    if (kind !== 'logical') run.report('definition-type-not-logical', { type: shown(type), kind: shown(kind) });
  } else if (typeOf(type) === undefined && !isAbstractBase.test(ofR5 + type))
    // HL7 itself names logical models by paths, and its reference validator says nothing of it.
    run.report('definition-type-unknown', { type: shown(type) }, kind === 'logical' ? 'warning' : 'error');
  else if (derivation !== 'constraint' && url !== ofR5 + type)
    run.report('definition-type-taken', { type: shown(type) });
  run.leave();
}

const ofR5 = 'http://hl7.org/fhir/StructureDefinition/';

/** The part of a URL before its last name. */
const spaceOf = (url: string): string => (url.includes('/') ? url.slice(0, url.lastIndexOf('/')) : url);

/** A profile is on the type of its base, which is at hand. */
function checkBase(definition: StructureDefinition, run: Run): void {
  const { baseDefinition, derivation, type } = definition;
  if (typeof baseDefinition !== 'string') return;
  const base = baseOf(baseDefinition, run);
  if (base === undefined) {
    if (!isAbstractBase.test(baseDefinition)) run.report('definition-base-unknown', { base: shown(baseDefinition) });
    return;
  }
  checkDerived(definition, base, run);
  if (derivation === 'constraint' && typeof type === 'string' && base.type !== type)
    run.report('definition-base-type', { type: shown(type), base: base.type });
}

/** Definitions of R5 that are the base of types, and are none themselves here. */
const isAbstractBase =
  /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/(?:Base|Element|BackboneElement|BackboneType|DataType|PrimitiveType|Resource|DomainResource|CanonicalResource|MetadataResource|Definition|Event|Request|FiveWs|Participant\w*|Product|\w*Pattern)(?:\||$)/;

interface Stated {
  readonly element: Json & ElementDefinition;
  readonly i: number;
}

/** Runs a check at an element of the differential. */
function at(i: number, run: Run, check: () => void): void {
  run.enter('differential', -1);
  run.enter('element', i);
  check();
  run.leave();
  run.leave();
}

/**
 * Reports elements that only a base may state, not its profiles; the definition of an extension is the base of its own parts.
 * https://hl7.org/fhir/R5/elementdefinition.html#interpretation
 */
function checkForbidden(elements: readonly Stated[], run: Run): void {
  for (const { element, i } of elements) {
    for (const name of Object.keys(element)) {
      if (name !== 'meaningWhenMissing' && !name.startsWith('defaultValue')) continue;
      at(i, run, () => run.report('definition-element-not-allowed', { element: name, path: element.path }));
    }
  }
}

/** A key names one rule: neither what the base states nor another element of the profile may give it to a different one. */
function checkKeys(elements: readonly Stated[], run: Run): void {
  const own = new Map<string, string>();
  for (const { element, i } of elements) {
    const inherited = statedAt(element.path);
    for (const [j, constraint] of listOf(element.constraint).entries()) {
      if (!isObject(constraint)) continue;
      const { key, expression } = constraint;
      if (typeof key !== 'string' || typeof expression !== 'string') continue;
      const known = inherited.get(key) ?? own.get(key);
      if (known === undefined) own.set(key, expression);
      else if (known.trim() !== expression.trim()) {
        at(i, run, () => {
          run.enter('constraint', j);
          run.report('definition-constraint-key', { key, expression: shown(known) });
          run.leave();
        });
      }
    }
  }
}

/** The rules of R5 on an element, by their keys: those of its types, and those of the element itself. */
function statedAt(path: string): Map<string, string> {
  const found = new Map<string, string>();
  const [type = '', ...names] = path.split('.');
  let types: readonly string[] = [type];
  let rules = statedOnType(type);
  for (const name of names) {
    const owner = types.find((one) => elementsOf(one)?.has(plainName(name)) === true);
    if (owner === undefined) return found;
    types = elementsOf(owner)!.get(plainName(name))!.types;
    rules = [...types.flatMap((one) => statedOnType(one)), ...statedOnElement(owner, plainName(name))];
  }
  for (const { key, expression } of rules) found.set(key, expression);
  return found;
}

const plainName = (name: string): string => name.replace('[x]', '');

/** https://hl7.org/fhir/R5/defining-extensions.html: the url of an extension is that of its definition. */
function checkExtensionUrl(
  { url, derivation, baseDefinition }: StructureDefinition,
  elements: readonly Stated[],
  run: Run,
): void {
  const stated = elements.find(({ element }) => element.path === 'Extension.url')?.element['fixedUri'];
  if (derivation !== 'constraint' || stated === url || (stated !== undefined && typeof stated !== 'string')) return;
  if (stated === undefined) {
    if (baseDefinition?.endsWith('/Extension') === true && typeof url === 'string' && elements.length > 0)
      run.report('definition-extension-url-missing', { expected: shown(url) });
    return;
  }
  run.report('definition-extension-url', { found: shown(stated), expected: shown(url) });
}

/** An extension is for elements that there are. Those of another version of FHIR, and of logical models, are not known here. */
function checkContexts({ context, type, contextInvariant }: StructureDefinition, run: Run): void {
  if (type !== 'Extension') {
    for (const [name, list] of [
      ['context', context],
      ['contextInvariant', contextInvariant],
    ] as const)
      for (const i of listOf(list).keys()) {
        run.enter(name, i);
        run.report('definition-context-of-type', { type: shown(type) });
        run.leave();
      }
    return;
  }
  for (const [i, one] of listOf(context).entries()) {
    if (!isObject(one) || typeof one['expression'] !== 'string') continue;
    run.enter('context', i);
    checkContext(one, one['expression'], run);
    run.leave();
  }
}

function checkContext({ type, extension }: Json, expression: string, run: Run): void {
  if (type === 'fhirpath' && isElement(expression))
    run.report('definition-context-fhirpath', { expression: shown(expression) });
  if (type !== 'element') return;
  if (expression === 'Element') run.report('definition-context-any');
  if (extension === undefined && !expression.includes(':') && !isElement(expression))
    run.report('definition-context', { expression: shown(expression) });
}

/** Types by their interface alone (`CanonicalResource`) have no elements here. */
const interfaces = new Set(['CanonicalResource', 'MetadataResource']);

function isElement(path: string): boolean {
  const [type = '', ...names] = path.split('.');
  if (interfaces.has(type)) return true;
  let types: readonly string[] = [type];
  if (typeOf(type) === undefined) return false;
  for (const name of names) {
    const owner = types.find((one) => elementsOf(one)?.has(plainName(name)) === true);
    if (owner === undefined) return false;
    types = elementsOf(owner)!.get(plainName(name))!.types;
  }
  return true;
}

/** Checks that the slices of an element that must be supported must be supported, too. */
function checkMustSupport(elements: readonly Stated[], run: Run): void {
  const sliced = new Set<string>();
  for (const { element } of elements) {
    if (element.slicing !== undefined && element['mustSupport'] === true) sliced.add(element.path);
    else if (element.sliceName !== undefined && sliced.has(element.path) && element['mustSupport'] !== true) {
      run.enter('differential', -1);
      run.report('definition-slice-support', { slice: element.sliceName, path: element.path });
      run.leave();
    }
  }
}
