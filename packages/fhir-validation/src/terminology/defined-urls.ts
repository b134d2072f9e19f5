import { typeOf } from '@dhp/fhir-model';
import { baseTypeOf } from '../contract/definitions.ts';
import type { Run } from '../run.ts';
import { coreValueSet } from './core-codes.ts';

/** Prefix of HL7's own definitions. All those of R5, its extensions and its terminology are available. */
export const ofHl7 = 'http://hl7.org/fhir/';

/** Identifier systems and code systems maintained by others. https://hl7.org/fhir/R5/identifier-registry.html */
const systems: ReadonlySet<string> = new Set(
  (
    'ndc icpc-2 icpc-1 icpc-1-nl icd-9 icd-10 cvx srt icd-10-vn icd-10-cm icd-10-am icd-9-cm icf-nl ca-hc-npn ca-hc-din dsm5 ' +
    'ex-icd-10-procedures us-ssn us-npi eui-48/bluetooth eui-48/ethernet'
  ).split(' '),
);

/** Names of mappings and of groups of definitions, which are not the URL of a definition. */
const names: ReadonlySet<string> = new Set(
  (
    'auditevent composition consent documentreference fivews interface logical object-implementation provenance rr w5 workflow ' +
    'tools build sid uv us'
  ).split(' '),
);

/** Kinds of definitions that are completely available. */
const kinds: ReadonlySet<string> = new Set(['CodeSystem', 'ValueSet', 'StructureDefinition', 'NamingSystem']);

/** HL7's naming systems have their own URLs, except these examples. */
const ofExamples = /^http:\/\/hl7\.org\/fhir\/NamingSystem\/example(?:-id|-metadata)?$/;

/** Whether a URL is one of HL7's at which it defines nothing. False for kinds of definitions that are not available. */
export function isUndefinedAtHl7(url: string, run: Run): boolean {
  if (!url.startsWith(ofHl7)) return false;
  const [rest = ''] = url.slice(ofHl7.length).split('|');
  if (/^[^/]+\.html(?:#|$)/.test(rest)) return true;
  if (rest.startsWith('sid/')) {
    const name = rest.slice('sid/'.length);
    return !systems.has(name) && !/^passport-[A-Za-z]{3}$/.test(name);
  }
  // Without a terminology, most of HL7's definitions are not available.
  if (run.rules.codes?.system === undefined) return false;
  const [first = '', second] = rest.split('/');
  // A URL with a version names the definition of another URL.
  if (first === '' || /^(?:D?STU\d|R\d|\d)/.test(first)) return false;
  if (names.has(first) || (second !== undefined && typeOf(first) !== undefined && !kinds.has(first))) return false;
  return !isDefined(url.split('#')[0]!, run);
}

function isDefined(url: string, { rules: { codes, profiles } }: Run): boolean {
  if (baseTypeOf(url) !== undefined || profiles.structure(url) !== undefined) return true;
  const [plain = ''] = url.split('|');
  return (
    ofExamples.test(plain) ||
    codes?.system?.(plain) !== undefined ||
    codes?.valueSetKnowledge?.(plain) !== undefined ||
    coreValueSet(plain) !== undefined
  );
}
