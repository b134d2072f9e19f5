import { elementsOf, isResourceType, isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { baseTypeOf } from '../contract/definitions.ts';
import type { Run } from '../run.ts';

/** The facts about a profile that a type may reference. */
interface Named {
  /** The type that the profile constrains; undefined if it is not in R5. */
  readonly type: string | undefined;
  readonly isResource: boolean;
}

/**
 * Checks the profiles of an element's types: `profile` for the value itself and `targetProfile` for the targets of references.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.type
 */
export function checkTypeProfiles({ path, type }: Json, run: Run): void {
  const isModifier = typeof path === 'string' && path.endsWith('.modifierExtension');
  for (const [j, one] of listOf(type).entries()) {
    if (!isObject(one) || typeof one['code'] !== 'string') continue;
    const code = one['code'];
    run.enter('type', j);
    checkCode(code, run);
    each(one, 'profile', run, (canonical) => checkProfile(canonical, code, isModifier, run));
    each(one, 'targetProfile', run, (canonical) => checkTarget(canonical, code, run));
    run.leave();
  }
}

const types = 'http://hl7.org/fhir/ValueSet/elementdefinition-types|5.0.0';

/** A type code that is no URL must be the name of a FHIR type. https://hl7.org/fhir/R5/valueset-elementdefinition-types.html */
function checkCode(code: string, run: Run): void {
  if (code === '' || code.includes(':') || typeOf(code) !== undefined || interfaces.has(code)) return;
  run.enter('code', -1);
  run.report('code-not-in-value-set', { code: shown(code), valueSet: types }, 'warning');
  run.leave();
}

function each(type: Json, name: string, run: Run, check: (canonical: string) => void): void {
  for (const [k, canonical] of listOf(type[name]).entries()) {
    if (typeof canonical !== 'string' || canonical === '') continue;
    run.spend(2);
    run.enter(name, k);
    check(canonical);
    run.leave();
  }
}

function checkProfile(canonical: string, code: string, isModifier: boolean, run: Run): void {
  // The part after `#` is the id of an element of the profile.
  const found = profileOf(canonical.split('#')[0]!, run);
  if (found === undefined) {
    run.report('definition-profile-unknown', { profile: shown(canonical) });
    return;
  }
  const { type } = found;
  if (type === undefined || typeOf(type) === undefined) return;
  if (!isSubtype(type, code) && !/Element$/.test(code))
    run.report('definition-profile-type', { profile: shown(canonical), found: type, expected: code });
  else if (type === 'Extension') checkModifier(canonical, isModifier, run);
}

/** https://hl7.org/fhir/R5/extensibility.html#modifierExtension */
function checkModifier(canonical: string, isModifier: boolean, run: Run): void {
  const extension = run.rules.profiles.extension(canonical);
  if (extension !== undefined && extension.isModifying !== isModifier)
    run.report('definition-profile-modifier', {
      extension: shown(canonical),
      element: isModifier ? 'modifierExtension' : 'extension',
    });
}

/** The target of a Reference must be a resource; the target of a canonical must have a URL. */
function checkTarget(canonical: string, code: string, run: Run): void {
  if (code !== 'Reference' && code !== 'CodeableReference' && code !== 'canonical') {
    if (typeOf(code) !== undefined) run.report('definition-target-none', { type: code });
    return;
  }
  const found = profileOf(canonical, run);
  if (found === undefined) run.report('definition-profile-unknown', { profile: shown(canonical) });
  else if (code === 'canonical' ? !isCanonical(found) : !found.isResource)
    run.report('definition-target-kind', { profile: shown(canonical), found: found.type ?? '', type: code });
}

const isCanonical = ({ type }: Named): boolean =>
  type === undefined || type === 'Resource' || interfaces.has(type) || elementsOf(type)?.has('url') === true;

const ofR5 = 'http://hl7.org/fhir/StructureDefinition/';

/** Interfaces of R5: they describe common elements of resources and are not types. */
const interfaces: ReadonlySet<string> = new Set(['CanonicalResource', 'MetadataResource']);

/** Returns a profile by its canonical URL; undefined if it is not available. */
function profileOf(canonical: string, run: Run): Named | undefined {
  const [url = ''] = canonical.split('|');
  const name = baseTypeOf(canonical) ?? (interfaces.has(url.slice(ofR5.length)) ? url.slice(ofR5.length) : undefined);
  if (name !== undefined) return { type: name, isResource: interfaces.has(name) || isResource(name) };
  const definition = run.rules.profiles.structure(canonical);
  return definition && { type: definition.type, isResource: definition.kind === 'resource' };
}

const isResource = (type: string): boolean => isResourceType(type) || typeOf(type)?.kind === 'resource';
