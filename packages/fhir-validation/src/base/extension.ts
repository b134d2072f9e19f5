import { elementsOf, isSubtype, typeOf } from '@dhp/fhir-model';
import { compile, FhirPathError } from '@dhp/fhirpath';
import { environmentOf } from '../invariants/rule.ts';
import type { Json } from '../json.ts';
import type { ContextExtensions, StructureDefinition } from '../profiles/definitions.ts';
import type { Run } from '../run.ts';

/** Checks one extension; `owner` is the object that carries it. */
export type ExtensionCheck = (extension: Json, owner: Json, run: Run) => void;

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** https://hl7.org/fhir/R5/extensibility.html: the definition of an extension is known, and is meant for this place. */
export function extensionCheck(ownerType: string, isModifier: boolean): ExtensionCheck {
  // Parts of an extension are named within its own definition.
  const isPart = ownerType === 'Extension';
  return (extension, owner, run) => {
    const { url } = extension;
    if (typeof url !== 'string' || url === '') return;
    if (!absolute.test(url)) {
      if (!isPart) run.report('extension-url', { url });
      return;
    }
    const found = run.rules.profiles.extension(url);
    if (found === undefined) {
      const severity = run.rules.unknownExtensions;
      if (url.startsWith(ofHl7) && severity !== 'ignore') run.report('extension-not-defined', { url });
      else if (severity !== 'ignore') run.report('extension-unknown', { url }, severity);
      return;
    }
    const { definition, overlay, isModifying } = found;
    if (isModifying !== isModifier) {
      run.report(isModifying ? 'extension-is-modifier' : 'extension-not-modifier', { url });
    }
    checkContext(definition, ownerType, owner, run);
    if (definition.contextInvariant !== undefined) checkInvariants(definition, extension, ownerType, owner, run);
    overlay.check(extension, 'Extension', undefined, run);
  };
}

function checkContext({ context, url }: StructureDefinition, ownerType: string, owner: Json, run: Run): void {
  if (context === undefined || context.length === 0) return;
  let places: ReadonlySet<string> | undefined;
  for (const { type, expression, extension } of context) {
    run.spend(1);
    if (!isForThisVersion(extension)) continue;
    if (type === 'fhirpath' && isAmong(expression, ownerType, owner, run)) return;
    if (type === 'extension' && (owner['url'] === expression || isValueOf(expression, run))) return;
    if (type === 'element') {
      // Most contexts are types, for which the place need not be spelt out.
      if (isSubtype(ownerType, expression)) return;
      places ??= placesOf(ownerType, run);
      if (places.has(expression.split('#').at(-1)!)) return;
    }
  }
  run.reportAbove('extension-context', { url, expected: named(context) });
}

/** Whether the place is on the value of an extension, which is a part of it. */
function isValueOf(url: string, run: Run): boolean {
  return run.labelsInResource.at(-2)?.startsWith('value.ofType(') === true && run.objectAbove(2)?.['url'] === url;
}

/**
 * Whether an element is among those that an expression leads to from the resource, or is one of which it is true. So, too, when it
 * cannot be evaluated. https://hl7.org/fhir/R5/defining-extensions.html#context
 */
function isAmong(expression: string, ownerType: string, owner: Json, run: Run): boolean {
  try {
    const environment = environmentOf(run);
    if (placesAt(expression, run).has(owner)) return true;
    const [own, ...more] = compile(expression, { type: ownerType }).evaluate(owner, environment);
    return own?.value === true && more.length === 0;
  } catch (error) {
    if (error instanceof FhirPathError) return true;
    throw error;
  }
}

/** The elements that an expression leads to from the resource at hand; worked out once, however many extensions ask. */
function placesAt(expression: string, run: Run): ReadonlySet<unknown> {
  let known = run.places.get(run.resource);
  if (known === undefined) run.places.set(run.resource, (known = new Map<string, ReadonlySet<unknown>>()));
  let places = known.get(expression);
  if (places === undefined) {
    const found = compile(expression).evaluate(run.resource, environmentOf(run));
    places = new Set(found.flatMap(({ value, sibling }) => (sibling === undefined ? [value] : [value, sibling])));
    known.set(expression, places);
  }
  return places;
}

/**
 * Checks the invariants that an extension states for the element that carries it.
 * https://hl7.org/fhir/R5/structuredefinition-definitions.html#StructureDefinition.contextInvariant
 */
function checkInvariants(
  { url, contextInvariant = [] }: StructureDefinition,
  extension: Json,
  ownerType: string,
  owner: Json,
  run: Run,
): void {
  // The value of a primitive is not available here.
  if (ownerType === 'Element') return;
  for (const rule of contextInvariant) {
    try {
      const environment = { ...environmentOf(run), variables: { extension }, variableTypes };
      if (compile(rule, { type: ownerType }).test(owner, environment) !== true)
        run.report('extension-invariant', { url, rule });
    } catch (error) {
      if (!(error instanceof FhirPathError)) throw error;
      run.report('invariant-not-evaluated', { key: url, reason: error.message });
    }
  }
}

const variableTypes = { extension: 'Extension' };

/** Definitions of HL7's own that are all at hand: those of R5, and the extensions beside it. */
const ofHl7 = 'http://hl7.org/fhir/StructureDefinition/';

const versionUse = 'http://hl7.org/fhir/StructureDefinition/version-specific-use';

/** Contexts that a finding names: it is made for each extension that stands elsewhere. */
const mostNamed = 20;

function named(context: NonNullable<StructureDefinition['context']>): string {
  const first = context.slice(0, mostNamed).map(({ expression }) => expression);
  return context.length > mostNamed ? `${first.join(', ')} …` : first.join(', ');
}

/** Whether a context is meant for R5; one may be for a range of versions of FHIR only. */
function isForThisVersion(extensions: ContextExtensions): boolean {
  return (extensions ?? []).every(({ url, extension: parts = [] }) => {
    const part = (name: string) => Number.parseFloat(parts.find((one) => one.url === name)?.valueCode ?? 'NaN');
    return url !== versionUse || !(part('startFhirVersion') > 5 || part('endFhirVersion') < 5);
  });
}

/** The ways in which a context may name the element that carries the extension: by type, by path, by path within a type. */
function placesOf(ownerType: string, run: Run): ReadonlySet<string> {
  const resourceType = String(run.resource['resourceType']);
  // The last label is that of the extension itself.
  const labels = run.labelsInResource.slice(0, -1);
  // The path from each element above is spelt out.
  run.spend(20 + labels.length ** 2);
  const places = new Set<string>();
  let type = resourceType;
  let path = [{ type, names: '' }];
  for (const label of labels) {
    const [name = '', cast] = label.split('.ofType(');
    const element = elementsOf(type)?.get(name);
    type = cast?.slice(0, -1) ?? element?.types[0] ?? 'Element';
    path = [...path.map((step) => ({ ...step, names: `${step.names}.${name}` })), { type, names: '' }];
  }
  for (const { type: from, names } of path) addPlaces(places, from, names);
  addPlaces(places, ownerType, '');
  addPlaces(places, 'Element', '');
  if (labels.length === 0)
    for (const any of ['Resource', 'DomainResource', 'CanonicalResource', 'MetadataResource']) places.add(any);
  else for (const any of ['Resource', 'DomainResource']) places.delete(any);
  return places;
}

function addPlaces(places: Set<string>, from: string, names: string): void {
  for (let type: string | undefined = from; type !== undefined; type = typeOf(type)?.base) {
    if (names !== '' && isSubtype(type, 'Resource') && typeOf(type)?.isAbstract === true) continue;
    places.add(type + names);
    places.add(`${type}${names}[x]`);
  }
}
