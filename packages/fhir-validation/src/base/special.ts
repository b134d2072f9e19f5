import { createHash } from 'node:crypto';
import { shown, type Json } from '../json.ts';
import { checkNationalAddress, checkNationalIdentifier } from '../national/identifiers.ts';
import { readNarrative } from '../narrative/narrative.ts';
import { checkTextLinks } from '../narrative/text-links.ts';
import type { Run } from '../run.ts';
import { checkCoding, checkUnit } from '../terminology/coding.ts';
import { checkReference } from './reference.ts';

/** A check of the objects of one type, beyond the definitions of their elements. */
export type Special = (object: Json, run: Run) => void;

const txt1 = {
  key: 'txt-1',
  human:
    'The narrative SHALL contain only the basic html formatting elements and attributes described in chapters 7-11 (except ' +
    'section 4 of chapter 9) and 15 of the HTML 4.0 standard, <a> elements (either name or href), images and internally ' +
    'contained style attributes',
};
const txt2 = { key: 'txt-2', human: 'The narrative SHALL have some non-whitespace content' };

/** Checks the XHTML of a narrative, and reports the exact faults in addition to the rules txt-1 and txt-2. */
function checkNarrative(text: Json, run: Run): void {
  if (text['extension'] !== undefined) checkTextLinks(text, run);
  const { div } = text;
  if (typeof div !== 'string' || div === '') return;
  if (div.trim() === '') {
    at('div', run, () => {
      for (const rule of [txt1, txt2]) run.report('invariant', rule);
    });
    return;
  }
  const { faults, hasContent, repeated, names, links, lost, invalid, mixesLanguages } = readNarrative(div, (units) =>
    run.spend(units),
  );
  // Most narratives have no links within the resource.
  const broken = links.length === 0 ? links : links.filter((link) => !names.has(link) && !isWithin(link, run));
  const several = links.length === 0 ? links : links.filter((link) => placesOf(link, names, run) > 1);
  if (
    faults.length + repeated.length + broken.length + several.length + lost.length + invalid.length === 0 &&
    hasContent &&
    !mixesLanguages
  )
    return;
  run.enter('div', -1);
  if (repeated.length > 0) run.report('narrative-id-duplicate', { ids: shown(repeated.join(', ')) });
  const isUnreadable = faults.some(({ id, values }) => id === 'narrative-syntax' && isFatal(values.reason));
  const isOutside = faults.some(({ id }) => id === 'narrative-element' || id === 'narrative-attribute');
  // Neither rule can hold for unreadable text.
  if (isOutside || isUnreadable) run.report('invariant', txt1);
  if (!hasContent || isUnreadable) run.report('invariant', txt2);
  for (const fault of faults) run.reportFinding(fault);
  for (const link of invalid) run.report('narrative-url', { link: shown(link) });
  for (const link of lost) run.report('narrative-address', { link: shown(link) });
  if (mixesLanguages) run.report('narrative-language-mixed');
  for (const link of broken) run.report('narrative-link', { link: shown(`#${link}`) });
  for (const link of several) run.report('narrative-link-several', { link: shown(`#${link}`) });
  run.leave();
}

/** Whether a syntax error makes the text unreadable: a mismatched closing tag, or a character that does not exist. */
const isFatal = (reason: unknown): boolean => /^&|^<\//.test(String(reason));

/** Whether a link of a narrative leads to an element or a contained resource with that id, or to the narrative of a part. */
function isWithin(id: string, run: Run): boolean {
  return run.targets.idsIn(run.bundle ?? run.rootResource, run).has(id);
}

/** How many places a link leads to, of the narrative itself and of the resource. */
const placesOf = (id: string, names: ReadonlyMap<string, number>, run: Run): number =>
  (names.get(id) ?? 0) + (run.targets.idsIn(run.rootResource, run).get(id) ?? 0);

/** The stated size of inline data. https://hl7.org/fhir/R5/datatypes.html#attachment */
function checkAttachment({ data, size, hash, url, contentType, language, ...more }: Json, run: Run): void {
  const isBare = [data, url, contentType, language, more['_data'], more['_url']].every((one) => one === undefined);
  if (isBare) run.report('attachment-empty');
  if (typeof data !== 'string') {
    if (typeof size === 'string' && /^-[1-9]/.test(size)) run.report('attachment-size-negative', { size: shown(size) });
    return;
  }
  // As base64 another check accepts it with a warning; programs that show an attachment must decode it.
  if (/\s/.test(data)) run.report('attachment-data');
  if (data.length % 4 !== 0) return;
  if (typeof hash === 'string') checkHash(data, hash, run);
  if (typeof size !== 'string') return;
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  const actual = (data.length / 4) * 3 - padding;
  if (String(actual) !== size) run.report('attachment-size', { size, actual });
}

/** The hash is the SHA-1 of the data. */
function checkHash(data: string, hash: string, run: Run): void {
  run.spend(data.length / 32);
  const actual = createHash('sha1').update(Buffer.from(data, 'base64')).digest('base64');
  // The last character may have unused bits.
  if (Buffer.from(hash, 'base64').toString('base64') !== actual)
    run.report('attachment-hash', { hash: shown(hash), actual });
}

/** https://hl7.org/fhir/R5/datatypes.html#Identifier: the system is an absolute URI, and a value that is a URI has `urn:ietf:rfc:3986`. */
function checkIdentifier(identifier: Json, run: Run): void {
  const { system, value } = identifier;
  if (typeof system === 'string' && system.trim() !== '') {
    if (!/^(?:https?|urn|ldap):/.test(system)) run.report('identifier-system', { system: shown(system) });
    if (system === 'urn:ietf:rfc:3986' && typeof value === 'string' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value))
      run.report('identifier-value-uri', { value: shown(value) });
    if (mistaken.has(system))
      at('system', run, () => run.report('identifier-system-mistaken', { system: shown(system) }));
    if (system === rfc4122 && typeof value === 'string') checkUuid(value, run);
  }
  if (run.rules.national) checkNationalIdentifier(identifier, run);
}

/** Addresses of HL7 that were mistaken for code systems in the past. */
const mistaken: ReadonlySet<string> = new Set(
  ['icpc2', 'icf-nl', 'ca-hc-npn', 'ca-hc-din', 'dsm5'].map((name) => `http://hl7.org/fhir/sid/${name}`),
);

function at(name: string, run: Run, report: () => void): void {
  run.enter(name, -1);
  report();
  run.leave();
}

/** A page about UUIDs that is sometimes used as the system of UUID identifiers. */
const rfc4122 = 'https://tools.ietf.org/html/rfc4122';

/** A UUID is a URI and needs the system for URIs. https://hl7.org/fhir/R5/identifier-registry.html */
function checkUuid(value: string, run: Run): void {
  const isUuid = value.startsWith('urn:uuid:') || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
  run.report('identifier-uuid', { value: shown(value) }, isUuid ? 'warning' : 'error');
}

function national(check: Special): Special {
  return (object, run) => {
    if (run.rules.national) check(object, run);
  };
}

export const specials: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['Coding', checkCoding],
  ...['Quantity', 'Age', 'Count', 'Distance', 'Duration'].map((type): [string, Special] => [type, checkUnit]),
  ['Reference', checkReference],
  ['Narrative', checkNarrative],
  ['Attachment', checkAttachment],
  ['Identifier', checkIdentifier],
  ['Address', national(checkNationalAddress)],
]);
