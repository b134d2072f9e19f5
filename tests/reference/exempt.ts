import { isGrave, type Finding } from './finding.ts';

type Told = Finding & { readonly text: string };

/** A kind of findings of the reference validator that we do not have on purpose. */
export interface Exemption {
  readonly reason: string;
  /** Where the specification, or the place that decides it, says so. */
  readonly section: string;
  readonly fits: (finding: Told) => boolean;
}

const external =
  /\(a subset of UCUM\)|ValueSet\/ucum-units\||currencies|all-languages|ISO-?4217|iso3166|timezones|mimetypes|bcp:?13|bcp:?47/i;

const heldElsewhere =
  /CodeSystem 'http:\/\/(?:snomed\.info\/sct|loinc\.org|www\.nlm\.nih\.gov\/research\/umls\/rxnorm|hl7\.org\/fhir\/sid\/(?:ndc|cvx))'/;

/** Findings of the reference validator that are not asked of us, the first that fits. Each is counted in the comparison. */
export const exemptions: readonly Exemption[] = [
  {
    reason:
      'a failure inside the reference validator (a NullPointerException, a package that it would load), told as a finding',
    section: 'none: no rule is stated',
    fits: ({ text }) =>
      text.includes('Cannot invoke "') ||
      text.startsWith('Unexpected internal condition') ||
      text.startsWith('Unhandled fixed value type') ||
      /Unable to resolve package id|Error (?:loading|reading) \/\S*\/\.fhir\/packages/.test(text),
  },
  {
    reason:
      'the language of the resource is taken for the language of displays, so that every code of the resource is an error',
    section: 'https://hl7.org/fhir/R5/resource-definitions.html#Resource.language',
    fits: ({ id, text, expression }) =>
      text.includes('Invalid displayLanguage') && (id === 'INVALID_DISPLAY_NAME' || !expression.endsWith('.language')),
  },
  {
    reason: 'needs a terminology server: the code system is not in the packages',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ id, text }) =>
      id === 'Error_validating_code_running_without_terminology_services' ||
      text.includes('does not support batch validation') ||
      (/^(?:Terminology_TX_NoValid|UNABLE_TO_INFER)/.test(id) &&
        external.test(text) &&
        !text.includes('Invalid displayLanguage')),
  },
  {
    reason:
      'needs a terminology server: languages, media types and units are grammars, which are checked here without one',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ id, text }) =>
      (id.startsWith('UNKNOWN_CODESYSTEM') || id === '' || id === 'undefined') &&
      /CodeSystem '(?:urn:ietf:bcp:(?:13|47)|http:\/\/unitsofmeasure\.org|urn:iso:std:iso:(?:3166|4217)[^']*)' (?:version '[^']*' )?could not be found/.test(
        text,
      ),
  },
  {
    reason:
      'needs a terminology server: whether the reference says that of these systems depends on what earlier runs left in its cache of answers',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ id, text }) => id === 'UNKNOWN_CODESYSTEM' && heldElsewhere.test(text),
  },
  {
    reason:
      'asks for the addresses of extensions that are allowed to be given to the program, which its engine does not hand on; an extension of others may be used by anyone',
    section: 'https://hl7.org/fhir/R5/extensibility.html',
    fits: ({ id, text, expression }) =>
      id === 'Extension_EXT_Unknown_NotHere' &&
      !text.includes('extension http://hl7.org/fhir/') &&
      // Of those that may change the meaning of the resource both tell an error.
      !expression.includes('modifierExtension'),
  },
  {
    reason: 'needs a terminology server: value sets of DICOM that others include',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ id, text }) => id === 'Unable_to_resolve_value_Set_' && text.includes('dicom.nema.org'),
  },
  {
    reason:
      'needs the package hl7.fhir.uv.tools, of the definitions with which HL7 publishes, which is not laid beside the others',
    section: 'none: the addresses are those of a package that is not there',
    fits: ({ id, text }) =>
      id === 'Type_Specific_Checks_DT_URL_Resolve' && /http:\/\/hl7\.org\/fhir\/(?:tools|build)\//.test(text),
  },
  {
    reason: 'needs the package hl7.fhir.xver-extensions, in whose place an empty one is laid',
    section: 'https://hl7.org/fhir/R5/versions.html#extensions',
    fits: ({ id }) => id === 'Extension_EXT_Version_Invalid',
  },
  {
    reason: 'needs a terminology server: a filter of a value set that the program cannot follow by itself',
    section: 'https://hl7.org/fhir/R5/valueset.html#compositions',
    fits: ({ text }) => /Unable to handle system \S+ concept filter/.test(text),
  },
  {
    reason: 'needs a terminology server: the value of a filter is a code of a system that is not in the packages',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ text }) => text.includes('running without terminology services'),
  },
  {
    reason:
      'needs a terminology server: a supplement that is at hand is not found, because its base is not (DICOM, UCUM), and then no code is',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ text }) => lacksSupplement(text),
  },
  {
    reason:
      'a reference is looked at twice because the comparison has references taken for right, as servers hold them',
    section: 'none: asked in that mode alone',
    fits: ({ id }) => id === 'REFERENCE_REF_SUSPICIOUS',
  },
  {
    reason: 'a second finding for a code that is not in its value set, which is told as code-invalid already',
    section: 'https://hl7.org/fhir/R5/terminologies.html#code',
    fits: ({ id }) => id === 'UNABLE_TO_INFER_CODESYSTEM',
  },
  {
    reason: 'would fetch what an attachment leads to; nothing is fetched, there or here',
    section: 'none: no rule is stated',
    fits: ({ id }) => id === 'TYPE_SPECIFIC_CHECKS_DT_ATT_FETCH_ERROR',
  },
  {
    reason: 'asks for certificates that are given to the program',
    section: 'none: there is no store of certificates that signatures of FHIR name',
    fits: ({ id }) => /^BUNDLE_SIGNATURE_HEADER_CERT_NOT_FOUND/.test(id),
  },
  {
    reason: 'a policy of HL7 for what it publishes itself, no rule of FHIR',
    section: 'none: the policies are those of the publisher',
    fits: ({ id }) => /^(?:VALIDATION_HL7_|IG_HL7_)/.test(id),
  },
];

/**
 * Concepts of a resource whose language the reference takes for that of displays, and cannot read: it finds no code of theirs in any value
 * set, and does not say so there.
 */
function unreadConcepts<One extends Told>(findings: readonly One[]): One[] {
  if (!findings.some(({ text }) => text.includes('Invalid displayLanguage'))) return [];
  return findings.filter(({ id }) => /^Terminology_TX_NoValid_\d_CC$/.test(id));
}

/** Codes of which it could say nothing for the same reason. */
const unreadDisplays = <One extends Told>(findings: readonly One[]): One[] =>
  findings.filter(({ id, text }) => id === 'INVALID_DISPLAY_NAME' && text.includes('Invalid displayLanguage'));

const lacksSupplement = (text: string): boolean => text.includes('Required supplement not found');

/** Findings of the reference validator that are asked of us. Where it lacked a supplement, it could say nothing of the code. */
export function askedOf<One extends Told>(findings: readonly One[]): One[] {
  const unknown = new Set(findings.filter(({ text }) => lacksSupplement(text)).map(({ expression }) => expression));
  const unread = new Set(unreadConcepts(findings));
  return findings.filter(
    (one) =>
      exemptionOf(one) === undefined &&
      !unread.has(one) &&
      !(one.code === 'code-invalid' && unknown.has(one.expression)),
  );
}

/** Why a finding of the reference validator is not asked of us; undefined when it is. */
export function exemptionOf(finding: Told): Exemption | undefined {
  // A failure that ends the validation leaves nothing to be compared.
  return finding.severity === 'thrown' ? undefined : exemptions.find(({ fits }) => fits(finding));
}

/** A code of which the reference says that it could not look it up: it stands for the place alone. */
export const unchecked = 'unchecked';

/** The places of codes that the reference could not check without a terminology server. */
export function uncheckedPlaces(findings: readonly Told[]): Finding[] {
  const places = [
    ...findings.filter((one) => isUnchecked(one)),
    ...unreadConcepts(findings),
    ...unreadDisplays(findings),
  ];
  return places.map(({ expression }) => ({ severity: unchecked, code: '', expression, id: '' }));
}

const isUnchecked = (one: Told): boolean =>
  // Without a server no code that a value set lists is looked up.
  one.id === 'VALUESET_INC_NO_SERVER' ||
  /absence of a terminology server|running without terminology services/.test(one.text) ||
  exemptionOf(one)?.reason.startsWith('needs a terminology server') === true;

/** Our findings without those about codes and systems that the reference could not check: nothing can be said about agreement there. */
export function comparable(ours: readonly Finding[], reference: readonly Finding[]): Finding[] {
  const places = reference
    .filter(({ severity }) => severity === unchecked)
    .map(({ expression }) => conceptOf(expression));
  if (places.length === 0) return [...ours];
  // A thing that it could tell all the same is compared, as often as it told it.
  const told = new Map<string, number>();
  const countOf = ({ code, expression }: Finding, more: number): number => {
    const key = `${code} ${expression}`;
    told.set(key, (told.get(key) ?? 0) + more);
    return told.get(key)!;
  };
  for (const one of reference) if (isGrave(one)) countOf(one, 1);
  return ours.filter((one) => {
    const { id, code, expression } = one;
    const isOfCodes =
      code === 'code-invalid' || code === 'not-found' || id === 'value-set-code' || id === 'display-wrong';
    if (!isOfCodes || !places.some((place) => expression === place || isPartOf(expression, place))) return true;
    return isGrave(one) && countOf(one, -1) >= 0;
  });
}

/** The concept of a coding whose system is unknown, of which nothing else can be said either. */
const conceptOf = (place: string): string => place.replace(/\.coding\[\d+\]\.system$/, '');

/** Whether a place is a part of another one, which says what its extensions say for themselves. */
const isPartOf = (expression: string, place: string): boolean =>
  expression.startsWith(`${place}.`) && !expression.slice(place.length).includes('.extension[');

/** A finding of the reference validator that it tells at another place than the one that it is about. */
interface Correction {
  readonly reason: string;
  readonly ids: RegExp;
  readonly place: (finding: Told, text: string) => string | undefined;
}

/** The entry whose fullUrl a text names. */
function entryNamed({ text }: Told, json: string): string | undefined {
  const fullUrl = /'([^']*)'/.exec(text)?.[1];
  const entries = (parsed(json) as { entry?: { fullUrl?: unknown }[] }).entry ?? [];
  const index = entries.findIndex((entry) => entry.fullUrl === fullUrl);
  return index < 0 ? undefined : `Bundle.entry[${index}]`;
}

const primitives = new Set(
  'String Boolean Integer Decimal Uri Url Code Date Id Oid Uuid Instant Time Markdown DateTime'.split(' '),
);
const lowered = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

export const corrections: readonly Correction[] = [
  {
    reason: 'what is wrong with a fullUrl is told at the first entry, whichever entry it is',
    ids: /^BUNDLE_ENTRY_URL_/,
    place: entryNamed,
  },
  {
    reason: 'entries that nothing leads to are counted from 1',
    ids: /^Bundle_BUNDLE_Entry_Orphan_/,
    place: entryNamed,
  },
  {
    reason:
      'elements that references of the first entry stand in are counted from 1, and so is the entry; what does not repeat is not',
    ids: /^(?:Bundle_BUNDLE_Entry_NotFound$|BUNDLE_BUNDLE_ENTRY_(?:NOTFOUND|FOUND_MULTIPLE))/,
    place: ({ expression }) =>
      expression.replaceAll(/\[(\d+)\]/g, (_all, index) => `[${Math.max(0, Number(index) - 1)}]`),
  },
  {
    reason: 'parameters of an operation are told as if they stood in the address of their profile',
    ids: /^OPDEF_PROFILE_/,
    place: ({ expression }) => expression.replace(/\.(?:in|out)putProfile\.parameter\[/, '.parameter['),
  },
  {
    reason: 'labels are told where profiles are claimed',
    ids: /^Meta_RES_Security_Duplicate$/,
    place: ({ expression }) => expression.replace('.meta.profile[', '.meta.security['),
  },
  {
    reason: 'the first entry is counted as 1',
    ids: /^(?:Bundle_BUNDLE_Entry_Document|Validation_BUNDLE_Message)$/,
    place: () => 'Bundle.entry[0].resource',
  },
  {
    reason: 'what is wrong with a signature is told at its Bundle',
    // One has no id.
    ids: /^(?:BUNDLE_SIGNATURE_|$)/,
    place: ({ id, text, expression }) =>
      id !== '' || text.startsWith('The canonicalization in the digital signature')
        ? `${expression}.signature`
        : undefined,
  },
  {
    reason: 'the extension of a primitive value is told beside the value, not at it',
    ids: /^VALUESET_BAD_FILTER_EXPR_/,
    place: ({ expression }) => expression.replace(/(\.filter\[\d+\])\.extension\[/, '$1.value.extension['),
  },
  {
    reason: 'of a value of a type that is chosen the member of JSON is named, as if it repeated',
    ids: /^SD_(?:ELEMENT_(?:FIXED|PATTERN)|VALUE)_/,
    place: ({ expression }) =>
      expression.replace(
        /\.(fixed|pattern|defaultValue)([A-Z]\w+)(?:\[0\])?$/,
        (_all, name: string, type: string) => `.${name}.ofType(${primitives.has(type) ? lowered(type) : type})`,
      ),
  },
  {
    reason: 'a member that does not repeat is told as the first of several, and one that does without its number',
    ids: /^SD_OBGLIGATION_PROFILE_/,
    place: ({ expression }) =>
      expression
        .replace('.binding[0]', '.binding')
        .replace(/\.(\w+)\[0\]$/, '.$1')
        .replace(/\.(additional|extension)$/, '.$1[0]'),
  },
  {
    reason: 'a text that is no FHIR resource has no element',
    // Some messages have no id.
    ids: /^/,
    place: ({ id, expression }) =>
      expression === '$' || (expression === '' && id === 'Error_parsing_JSON_') ? 'Resource' : undefined,
  },
  {
    reason: 'an extension is named by its url as well, which is no part of the path',
    ids: /^/,
    place: ({ expression }) =>
      expression.includes('[url=') ? expression.replaceAll(/\[url='[^']*'\]/g, '') : undefined,
  },
];

/** A finding at the place that it is about. */
export function corrected<One extends Told>(finding: One, text: string): One {
  for (const { ids, place } of corrections) {
    if (!ids.test(finding.id)) continue;
    const expression = place(finding, text);
    if (expression !== undefined) return { ...finding, expression };
  }
  return finding;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
