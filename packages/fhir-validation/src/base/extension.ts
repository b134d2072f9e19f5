import { compile, FhirPathError } from '@dhp/fhirpath';
import { environmentOf } from '../invariants/rule.ts';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';
import { checkContext } from './extension-context.ts';

/** Checks one extension; `owner` is the object that carries it. */
export type ExtensionCheck = (extension: Json, owner: Json, run: Run) => void;

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** Most urls begin alike. */
const isAbsolute = (url: string): boolean => url.startsWith('http://') || absolute.test(url);

/** https://hl7.org/fhir/R5/extensibility.html: the definition of an extension is known, and is meant for this place. */
export function extensionCheck(ownerType: string, isModifier: boolean): ExtensionCheck {
  // The definition of an extension defines its parts.
  const isPart = ownerType === 'Extension';
  return (extension, owner, run) => {
    const { url } = extension;
    if (url === undefined || url === '') run.report('extension-without-url');
    if (typeof url !== 'string' || url === '') return;
    if (!isAbsolute(url) || /\s/.test(url)) {
      if (!isPart) run.report('extension-url', { url });
      return;
    }
    const found = run.rules.profiles.extension(url);
    if (found === undefined) {
      reportUnknown(url, isModifier, run);
      return;
    }
    if (url.includes('|')) run.report('extension-url-version', { url: shown(url) });
    const { definition, contexts, overlay, isModifying, isForThisVersion, parts } = found;
    if (isModifying !== isModifier) {
      run.report(isModifying ? 'extension-is-modifier' : 'extension-not-modifier', { url });
    }
    if (!isForThisVersion) reportVersion(url, run);
    let isInPlace = true;
    if (ownerType === 'Element' && isOnId(run)) run.reportAbove('extension-on-id', { url: shown(url) });
    else if (contexts !== undefined) isInPlace = checkContext(found, contexts, ownerType, owner, run);
    // Elsewhere its invariants have nothing to apply to.
    if (isInPlace && definition.contextInvariant !== undefined)
      checkInvariants(definition, extension, ownerType, owner, run);
    overlay.check(extension, 'Extension', undefined, run);
    if (parts !== undefined) checkParts(url, parts, extension['extension'], run);
  };
}

/** Whether an extension is on the id of a resource, which cannot have one. https://hl7.org/fhir/R5/resource.html#id */
const isOnId = ({ labelsInResource: labels }: Run): boolean => labels.length === 2 && labels[0] === 'id';

/** Parts whose url is a single word must be defined in the definition. https://hl7.org/fhir/R5/extensibility.html#Extension.url */
function checkParts(url: string, known: ReadonlySet<string>, parts: unknown, run: Run): void {
  if (parts === undefined) return;
  for (const [i, part] of listOf(parts).entries()) {
    const named = isObject(part) ? part['url'] : undefined;
    if (typeof named !== 'string' || named === '' || absolute.test(named) || known.has(named)) continue;
    run.enter('extension', i);
    run.report('extension-part-unknown', { part: shown(named), url });
    run.leave();
  }
}

/** Reported once per element, however often it has the extension. */
function reportVersion(url: string, run: Run): void {
  const before = run.issues.length;
  run.reportAbove('extension-version', { url }, run.rules.beyondSpecification);
  const [last, own] = [run.issues.at(-2), run.issues.at(-1)];
  if (run.issues.length > before && last?.id === own?.id && last?.expression === own?.expression) run.issues.pop();
}

/** Placeholder addresses in explanatory texts, and those of a registry without definitions. */
const ofExamples = /example\.org|acme\.com|nema\.org/;

/** An address of HL7 is of an extension that HL7 has defined; any other may be defined elsewhere. */
function reportUnknown(url: string, isModifier: boolean, run: Run): void {
  const { unknownExtensions: severity } = run.rules;
  if (severity === 'ignore') return;
  if (!(url.startsWith(ofHl7) || isOfVersion(url)) || undefinedByHl7.has(url)) {
    if (url.includes('|') && run.rules.profiles.extension(url.split('|')[0]!) !== undefined) {
      reportVersioned(url, run);
      return;
    }
    // A reader that does not know it cannot know the meaning of the resource. https://hl7.org/fhir/R5/extensibility.html#modifierExtension
    if (isModifier && !ofExamples.test(url))
      run.report('extension-modifier-unknown', { url: shown(url) }, run.rules.beyondSpecification);
    else run.report('extension-unknown', { url: shown(url) }, severity);
    if (url.includes('|')) run.report('extension-url-version', { url: shown(url) }, 'warning');
    return;
  }
  if (url.includes('|')) reportVersioned(url, run);
  else run.report('extension-not-defined', { url: shown(url) });
  run.enter('url', -1);
  run.report('url-not-defined', { url: shown(url) });
  run.leave();
}

/** The url of an extension has no version. https://hl7.org/fhir/R5/extensibility.html#Extension.url */
function reportVersioned(url: string, run: Run): void {
  run.report('extension-url-version', { url: shown(url) });
  run.enter('url', -1);
  run.report('fixed-value', { expected: shown(url.split('|')[0]), value: shown(url) });
  run.leave();
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
        run.reportAbove('extension-invariant', { url, rule });
    } catch (error) {
      if (!(error instanceof FhirPathError)) throw error;
      run.report('invariant-not-evaluated', { key: url, reason: error.message });
    }
  }
}

const variableTypes = { extension: 'Extension' };

/** HL7's own definitions, which are all available: those of R5, and HL7's extensions. */
const ofHl7 = 'http://hl7.org/fhir/StructureDefinition/';

/**
 * Whether an address is below that of a version of FHIR, which has extensions for the elements of that version.
 * https://hl7.org/fhir/R5/versions.html#extensions
 */
const isOfVersion = (url: string): boolean =>
  /^http:\/\/hl7\.org\/fhir\/\d\.\d\/StructureDefinition\/(?!extension-)/.test(url);

/** Extensions that HL7 uses in its own definitions without defining them: users who store those definitions cannot correct them. */
const undefinedByHl7: ReadonlySet<string> = new Set(
  ['structuredefinition-implements', 'implementationguide-page'].map((name) => ofHl7 + name),
);
