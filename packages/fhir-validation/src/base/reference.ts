import { isId, isResourceType, isSubtype, resourceTypes } from '@dhp/fhir-model';
import type { Severity } from '../issue.ts';
import { isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkInBundle, isSearch } from './bundle-references.ts';

/** `Patient/1`, `http://x/fhir/Patient/1/_history/2` */
const literal = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const conditional = /^[A-Z][A-Za-z]+\?/;
const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const known = /^(?:https?|urn|ftp|mailto|cid|oid|uuid):/i;

/** The last parsed text: the type of each reference is requested several times in sequence. */
let last: { readonly text: string; readonly type: string | undefined } = { text: '', type: undefined };

/** The resource type in the text of a reference; undefined if it has none. */
export function typeInReference(reference: string): string | undefined {
  if (last.text === reference) return last.type;
  let type = plainType(reference);
  if (type === undefined) {
    const named = literal.exec(reference)?.[1];
    type = named !== undefined && isResourceType(named) ? named : undefined;
  }
  last = { text: reference, type };
  return type;
}

/** The type in `Patient/1`: most references have this form and need no further parsing. */
function plainType(reference: string): string | undefined {
  const slash = reference.indexOf('/');
  const type = slash < 0 ? '' : reference.slice(0, slash);
  return isResourceType(type) && isId(reference.slice(slash + 1)) ? type : undefined;
}

/** The target of a reference within the validated resource: contained, or an entry of the Bundle. */
export function localTarget(reference: string, run: Run): Json | undefined {
  const { bundle, rootResource, targets } = run;
  if (reference === '#') return rootResource;
  if (reference.startsWith('#')) return targets.contained(rootResource, reference.slice(1));
  if (bundle === undefined) return undefined;
  const versionless = reference.replace(/\/_history\/[^/]+$/, '');
  return targets.entry(bundle, scheme.test(reference) ? versionless : absolute(versionless, bundle, run));
}

/** A relative reference in an entry is relative to the base of the entry's fullUrl. https://hl7.org/fhir/R5/bundle.html#references */
export function absolute(reference: string, bundle: Json, { rootResource, targets }: Run): string {
  const { resourceType, id } = rootResource;
  const own = `${String(resourceType)}/${String(id)}`;
  const fullUrl = targets.fullUrl(bundle, rootResource);
  return fullUrl?.endsWith(own) === true ? fullUrl.slice(0, -own.length) + reference : reference;
}

/** Checks of every Reference: its text and its `type` must agree. https://hl7.org/fhir/R5/references.html */
export function checkReference(value: Json, run: Run): void {
  const { reference, type, identifier, display } = value;
  if (isBlank(reference) && isBlank(display) && !isIdentified(identifier)) run.report('reference-without-display');
  if (typeof reference !== 'string') return;
  const simply = run.bundle === undefined ? plainType(reference) : undefined;
  if (simply !== undefined) {
    last = { text: reference, type: simply };
    if (typeof type === 'string') checkStatedType(reference, type, simply, run);
    if (run.rules.exists !== undefined) checkExistence(reference, run);
    return;
  }
  const hasSpace = /\s/.test(reference);
  if (hasSpace) run.report('reference-format', { reference: shown(reference) });
  if (run.bundle !== undefined) checkInBundle(reference, run.bundle, run);
  if (scheme.test(reference) ? !known.test(reference) : !reference.startsWith('#') && !isRelative(reference)) {
    // Outside of a Bundle its author may give it a meaning.
    if (!hasSpace && run.bundle === undefined)
      run.report('reference-format', { reference: shown(reference) }, 'information');
    return;
  }
  // If targets are looked up, conditional references are also resolved before they are stored.
  const isForTransactions = run.rules.exists === undefined && run.bundle?.['type'] !== 'transaction';
  if (reference.includes('?') && conditional.test(reference) && !isSearch(reference))
    run.report('reference-query', { reference: shown(reference) });
  if (isForTransactions && reference.includes('?') && conditional.test(reference))
    run.report('reference-conditional', { reference: shown(reference) });
  const named = typeInReference(reference);
  if (typeof type === 'string') checkStatedType(reference, type, named, run);
  if (run.rules.exists !== undefined) checkExistence(reference, run);
  const isFragment = reference.startsWith('#') && reference !== '#';
  if (isFragment && localTarget(reference, run) === undefined)
    run.report('reference-unresolved', { reference: shown(reference) });
}

/**
 * The stated type must be that of the target. It is a name; a URL is only for references in logical models, whose targets have types of
 * their own. https://hl7.org/fhir/R5/references-definitions.html#Reference.type
 */
function checkStatedType(reference: string, type: string, named: string | undefined, run: Run): void {
  if (scheme.test(type) && !(type.startsWith(ofCore) && isResourceType(type.slice(ofCore.length)))) return;
  const own = named ?? (reference.startsWith('#') ? localTarget(reference, run)?.['resourceType'] : undefined);
  if (typeof own === 'string' && type !== own)
    run.report('reference-type-mismatch', { reference: shown(reference), found: own, type });
}

const ofCore = 'http://hl7.org/fhir/StructureDefinition/';

const isBlank = (text: unknown): boolean => text === undefined || text === '';

/** Whether an identifier identifies a target. */
const isIdentified = (identifier: unknown): boolean =>
  isObject(identifier) && !(isBlank(identifier['system']) && isBlank(identifier['value']));

/**
 * Reports a target outside of the resource that the caller does not find. References of a Bundle are left to the caller, which processes
 * its entries separately.
 */
function checkExistence(reference: string, run: Run): void {
  if (run.bundle !== undefined || reference.startsWith('#') || reference.includes('?')) return;
  if (run.rules.exists?.(reference) === false) run.report('reference-target-missing', { reference: shown(reference) });
}

/** `Type/id`, with a version perhaps, or a conditional reference in a transaction (`Patient?identifier=x`). */
function isRelative(reference: string): boolean {
  const type = /^([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?|\?.+)$/.exec(
    reference,
  )?.[1];
  return type !== undefined && isResourceType(type);
}

/** The type of a reference's target, as far as it is known here: from the target, the text, or the stated `type`. */
export function targetType(value: Json, run: Run): string | undefined {
  const { reference, type } = value;
  const found = typeof reference === 'string' ? typeOfTarget(reference, run) : undefined;
  return found ?? (typeof type === 'string' ? type : undefined);
}

/** The type of the target, or the one in the text of the reference. */
function typeOfTarget(reference: string, run: Run): string | undefined {
  const found = localTarget(reference, run)?.['resourceType'] ?? typeInReference(reference);
  if (typeof found === 'string') return found;
  const conditional = /^([A-Z][A-Za-z]+)\?/.exec(reference)?.[1];
  return conditional !== undefined && isResourceType(conditional) ? conditional : undefined;
}

const subtypesOf = (targets: readonly string[]): ReadonlySet<string> =>
  new Set(resourceTypes.filter((type) => targets.some((target) => isSubtype(type, target))));

/**
 * The check of a Reference or CodeableReference whose element allows some types only; undefined if it allows any. A logical model is
 * identified by its URL, and may be any.
 */
export function targetCheck(
  type: string,
  targets: readonly string[] | undefined,
): ((value: Json, run: Run) => void) | undefined {
  if (targets === undefined || targets.includes('Resource') || !/^(?:Codeable)?Reference$/.test(type)) return undefined;
  const allowed = targets.join(', ');
  let types: ReadonlySet<string> | undefined;
  const isAllowed = (one: string): boolean => (types ??= subtypesOf(targets)).has(one) || scheme.test(one);
  return (value, run) => {
    const reference = type === 'Reference' ? value : value['reference'];
    if (!isObject(reference)) return;
    const { type: stated, reference: text } = reference;
    // The name of a type alone leads to its definition.
    if (typeof text === 'string' && !text.includes('/') && isResourceType(text))
      run.report('reference-target', { found: 'StructureDefinition', allowed });
    if (typeof stated === 'string' && !isAllowed(stated))
      run.report('reference-target', { found: shown(stated), allowed }, 'error');
    const found = typeof text === 'string' ? typeOfTarget(text, run) : undefined;
    if (found !== undefined && found !== stated && !isAllowed(found))
      run.report('reference-target', { found: shown(found), allowed }, gravity(reference, run));
  };
}

/**
 * The address of another server need not follow FHIR's form, so the type in it is only a guess: a server that knows its own addresses
 * relies on it. https://hl7.org/fhir/R5/references.html#literal
 */
function gravity({ reference }: Json, run: Run): Severity {
  const isElsewhere =
    typeof reference === 'string' && scheme.test(reference) && localTarget(reference, run) === undefined;
  return isElsewhere && run.rules.exists === undefined ? 'information' : 'error';
}
