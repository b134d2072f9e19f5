import { elementsOf, isSubtype, typeOf } from '@dhp/fhir-model';
import { compile, FhirPathError } from '@dhp/fhirpath';
import { environmentOf } from '../invariants/rule.ts';
import type { Json } from '../json.ts';
import type { StructureDefinition } from '../contract/definitions.ts';
import type { ExtensionContext } from '../contract/extension-contexts.ts';
import type { ExtensionProfile, Run } from '../run.ts';

/**
 * Reports an extension at a place that matches none of its contexts; returns whether the place is allowed.
 * @param contexts the contexts for R5
 */
export function checkContext(
  { definition: { context = [], url }, onTypes }: ExtensionProfile,
  contexts: readonly ExtensionContext[],
  ownerType: string,
  owner: Json,
  run: Run,
): boolean {
  // Most contexts are types, for which the place need not be looked at.
  let isOnType = onTypes.get(ownerType);
  if (isOnType === undefined) {
    isOnType = contexts.some(({ type, expression }) => type === 'element' && isSubtype(ownerType, expression));
    onTypes.set(ownerType, isOnType);
  }
  run.spend(1);
  if (isOnType) return true;
  let labels: readonly string[] | undefined;
  for (const one of contexts) {
    run.spend(1 + one.names.length);
    const { type, expression } = one;
    if (type === 'fhirpath' && isAmong(expression, ownerType, owner, run)) return true;
    if (type === 'extension' && (owner['url'] === expression || isValueOf(expression, run))) return true;
    if (type === 'element') {
      // The last label is that of the extension itself.
      labels ??= run.labelsInResource.slice(0, -1);
      if (isPlace(one, labels, ownerType, run) && meets(one.profile, run)) return true;
    }
  }
  run.reportAbove('extension-context', { url, expected: named(context) });
  return false;
}

/** Maximum number of contexts in a finding, which is made for each misplaced extension. */
const mostNamed = 20;

function named(context: NonNullable<StructureDefinition['context']>): string {
  const first = context.slice(0, mostNamed).map(({ expression }) => expression);
  return context.length > mostNamed ? `${first.join(', ')} …` : first.join(', ');
}

/** Abstract resources: as a context, each of them means the resource itself. */
const abstractResources = new Set(['Resource', 'DomainResource', 'CanonicalResource', 'MetadataResource']);

/** Whether a context matches the element with the extension: by its type, by its path, or by its path within a type. */
function isPlace({ head, names }: ExtensionContext, labels: readonly string[], ownerType: string, run: Run): boolean {
  if (names.length > labels.length) return false;
  const start = labels.length - names.length;
  if (names.some((name, i) => nameOf(labels[start + i]!) !== name)) return false;
  if (names.length > 0) {
    const isAbstract = isSubtype(head, 'Resource') && typeOf(head)?.isAbstract === true;
    return !isAbstract && isSubtype(typeAt(labels, start, run), head);
  }
  if (abstractResources.has(head)) return labels.length === 0;
  return head === 'Element' || isSubtype(ownerType, head) || isSubtype(typeAt(labels, start, run), head);
}

/** Whether the current resource meets the profile of a context; computed once for all extensions. */
function meets(profile: string | undefined, run: Run): boolean {
  if (profile === undefined) return true;
  const known = placesOf(run);
  const key = `#${profile}`;
  let met = known.get(key);
  if (met === undefined) {
    const type = String(run.resource['resourceType']);
    const overlay = run.rules.profiles.overlay(profile);
    const isMet = overlay !== undefined && (overlay.type !== type || overlay.accepts(run.resource, type, run));
    known.set(key, (met = new Set(isMet ? [run.resource] : [])));
  }
  return met.has(run.resource);
}

/** Findings about the resource at hand for its extensions. */
function placesOf(run: Run): Map<string, ReadonlySet<unknown>> {
  let known = run.places?.get(run.resource);
  if (known === undefined)
    (run.places ??= new Map()).set(run.resource, (known = new Map<string, ReadonlySet<unknown>>()));
  return known;
}

/** Behind the name of a choice of types, before the type. */
const cast = '.ofType(';

function nameOf(label: string): string {
  const at = label.indexOf(cast);
  return at < 0 ? label : label.slice(0, at);
}

/** The type of the element that the first so many labels lead to. */
function typeAt(labels: readonly string[], depth: number, run: Run): string {
  run.spend(depth);
  let type = String(run.resource['resourceType']);
  for (let i = 0; i < depth; i += 1) {
    const label = labels[i]!;
    const at = label.indexOf(cast);
    type = at < 0 ? (elementsOf(type)?.get(label)?.types[0] ?? 'Element') : label.slice(at + cast.length, -1);
  }
  return type;
}

/** Whether the place is on the value of an extension, which is a part of it. */
function isValueOf(url: string, run: Run): boolean {
  return run.labelsInResource.at(-2)?.startsWith('value.ofType(') === true && run.objectAbove(2)?.['url'] === url;
}

/**
 * Whether an element is among the results of an expression on the resource, or the expression is true of it. Also true if the expression
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

/** The elements that result from an expression on the current resource; computed once for all extensions. */
function placesAt(expression: string, run: Run): ReadonlySet<unknown> {
  const known = placesOf(run);
  let places = known.get(expression);
  if (places === undefined) {
    const found = compile(expression).evaluate(run.resource, environmentOf(run));
    places = new Set(found.flatMap(({ value, sibling }) => (sibling === undefined ? [value] : [value, sibling])));
    known.set(expression, places);
  }
  return places;
}
