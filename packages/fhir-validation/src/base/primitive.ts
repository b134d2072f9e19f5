import { isId } from '@dhp/fhir-model';
import { shown } from '../json.ts';
import { environmentOf } from '../invariants/rule.ts';
import type { Run } from '../run.ts';
import { localTarget } from './reference.ts';
import { isDate, isDateTime, isInstant, isTime, yearOf } from '../dates.ts';

/** Checks the JSON literal of a primitive; returns false if it is wrong, so that further checks are skipped. */
export type PrimitiveCheck = (value: unknown, run: Run) => boolean;

const mostCharacters = 1024 * 1024;
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/; // eslint-disable-line no-control-regex
/** Control characters, and characters that change the direction of text. */
const unusual = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]/; // eslint-disable-line no-control-regex
const oid = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/;
/** https://hl7.org/fhir/R5/types.html#Element */
const ele1 = {
  key: 'ele-1',
  human: 'All FHIR elements must have a @value or children',
  rule: 'hasValue() or (children().count() > id.count())',
};
const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** A canonical may have a version, and an address a part. */
const uuidInUri = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:[|#].*)?$/;

/** A string in the form of the type; the message shows `example`. */
function text(type: string, example: string, isWellFormed: (value: string) => boolean): PrimitiveCheck {
  return (value, run) => {
    if (typeof value !== 'string') return wrongJson(value, type, 'string', run);
    if (isWellFormed(value)) return true;
    if (value === '') reportEmpty(type, run);
    else if (control.test(value)) run.report('value-control-character', { value: shown(value) });
    else if (isAddress(type) && isBlank(value)) run.report('value-empty', { type }, 'warning');
    else run.report('value-format', { value: shown(value), type, example });
    return false;
  };
}

/** An empty text is not a value: an element with nothing else also breaks the rule of all elements. */
export function reportEmpty(type: string, run: Run): void {
  run.report('value-empty', { type });
  run.report('invariant', ele1);
}

function prose(type: string): PrimitiveCheck {
  return (value, run) => {
    if (typeof value !== 'string') return wrongJson(value, type, 'string', run);
    if (value.length > mostCharacters) run.report('value-too-long', { max: mostCharacters, length: value.length });
    else if (value === '') reportEmpty(type, run);
    else if (isPadded(value) && isBlank(value) && !control.test(value)) run.report('value-empty', { type }, 'warning');
    else return isReadable(value, type, run);
    return false;
  };
}

/** Whether a text consists of white space only. */
function isBlank(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) if (!isSpace(value.charCodeAt(i))) return false;
  return true;
}

/** Whether a text has no control characters; unusual but valid characters are reported as well. */
function isReadable(value: string, type: string, run: Run): boolean {
  if (type === 'string' && isPadded(value)) run.report('text-white-space', { value: shown(value) });
  if (!unusual.test(value)) return true;
  // https://hl7.org/fhir/R5/datatypes.html#string: SHOULD NOT, while a code or an address with one has not its form.
  if (control.test(value)) {
    const { controlCharacters } = run.rules;
    run.report('value-control-character', { value: shown(value) }, controlCharacters);
    if (controlCharacters === 'error') return false;
  }
  if (isMisleading(value)) run.report('text-direction');
  return true;
}

const isolateEnd = '\u2069';

/** Characters that set the direction of the text up to the matching end character. https://www.unicode.org/reports/tr9/ */
const endOf: ReadonlyMap<string, string> = new Map([
  ...['\u202a', '\u202b', '\u202d', '\u202e'].map((begin) => [begin, '\u202c'] as const),
  ...['\u2066', '\u2067', '\u2068'].map((begin) => [begin, isolateEnd] as const),
]);

/**
 * Whether a direction is set and not ended: the following text is then displayed in another order than it is stored. The end of a paragraph
 * ends all of them, that of an isolate those within it, and an unmatched end has no effect.
 */
function isMisleading(value: string): boolean {
  const open: string[] = [];
  let isolates = 0;
  for (const character of value) {
    const end = endOf.get(character);
    if (end !== undefined) {
      open.push(end);
      if (end === isolateEnd) isolates += 1;
    } else if (character === '\n') [open.length, isolates] = [0, 0];
    else if (character === '\u202c' && open.at(-1) === character) open.pop();
    else if (character === isolateEnd && isolates > 0) {
      while (open.pop() !== isolateEnd);
      isolates -= 1;
    }
  }
  return open.length > 0;
}

/** Types of addresses: white space alone is no address, which is reported elsewhere, and is otherwise harmless. */
const isAddress = (type: string): boolean => type === 'uri' || type === 'url' || type === 'canonical';

/** A tag, or other HTML markup; after a backslash it is text in Markdown. */
const markup = /(?<!\\)<(?:\/?[A-Za-z][A-Za-z0-9-]*[\s>]|[!?])/;

const anyProse = prose('markdown');

/** FHIR's Markdown has no HTML: a tag is shown as written. https://hl7.org/fhir/R5/datatypes.html#markdown */
function checkMarkdown(value: unknown, run: Run): boolean {
  if (!anyProse(value, run)) return false;
  const text = value as string;
  if (text.includes('<') && markup.test(text)) run.report('markdown-html', { found: shown(markup.exec(text)![0]) });
  return true;
}

/** Whether a text begins or ends with white space. Checking two characters suffices. */
function isPadded(value: string): boolean {
  return isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1));
}

/** Unicode white space, including the control characters that count as white space. */
function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (code >= 0x2000 && code <= 0x200a) || ofSpaces.has(code);
}

const ofSpaces: ReadonlySet<number> = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]);

function integer(type: string, min: number): PrimitiveCheck {
  const max = 2_147_483_647;
  return (value, run) => {
    if (typeof value !== 'number') return wrongJson(value, type, 'number', run);
    if (!Number.isInteger(value)) run.report('value-format', { value: shown(value), type, example: '42' });
    else if (value < min || value > max) run.report('value-range', { value, type, min, max });
    else return true;
    return false;
  };
}

/** Maximum distance of a date from now, in years: plans may extend over a lifetime. */
const farthest = 80;

/** A year far from today is well formed and mostly a slip of the pen. */
function dated(check: PrimitiveCheck): PrimitiveCheck {
  return (value, run) => {
    if (!check(value, run)) return false;
    const year = yearOf(value as string);
    if (year < 1800 || (year > 2100 && year > thisYear(run) + farthest))
      run.report('year-unusual', { value: value as string });
    return true;
  };
}

const thisYear = (run: Run): number => (environmentOf(run).now ?? new Date(Date.now())).getUTCFullYear();

const anOid = text('oid', 'urn:oid:1.2.3.4', (value) => oid.test(value));
const aUuid = text('uuid', 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', (value) => uuid.test(value));

/** An oid is a uri as well: white space, and the beginning `oid:`, are wrong for both. */
function checkOid(value: unknown, run: Run): boolean {
  const isRight = anOid(value, run);
  if (!isRight && typeof value === 'string' && /^oid:|\s/.test(value))
    run.report('value-format', { value: shown(value), type: 'uri', example: 'urn:oid:1.2.3.4' });
  if (isRight) checkRoot(value as string, run);
  return isRight;
}

/** An OID with so few numbers is a root under which identifiers are assigned, and identifies nothing itself. */
function checkRoot(value: string, run: Run): void {
  const numbers = value.slice('urn:oid:'.length);
  if (numbers.lastIndexOf('.') < 4 && !numbers.startsWith('1.3'))
    run.report('oid-root', { value: shown(value) }, run.rules.beyondSpecification);
}

const named: ReadonlyMap<string, PrimitiveCheck> = new Map([
  ['urn:oid:', anOid],
  ['urn:uuid:', aUuid],
]);

/** @param form the check of the type itself */
function addressed(form: PrimitiveCheck): PrimitiveCheck {
  return (value, run) => {
    if (!form(value, run)) {
      // A value that names itself as an OID or a UUID, and has a space in it, is wrong as each.
      if (typeof value === 'string' && /\s/.test(value))
        named.get(value.slice(0, value.indexOf(':', 4) + 1))?.(value, run);
      return false;
    }
    const text = value as string;
    if (text.startsWith('urn:oid:')) checkRoot(text, run);
    else if (text.startsWith('#') && text !== '#') checkPart(text, run);
    return true;
  };
}

/** An address of a part of the resource leads to an element or a contained resource of that id. */
function checkPart(value: string, run: Run): void {
  if (run.targets.idsIn(run.bundle ?? run.rootResource, run).has(value.slice(1))) return;
  const labels = run.labelsInResource;
  // Sources of resources have arbitrary names.
  if (labels.at(-1) === 'source' && labels.at(-2) === 'meta') return;
  const isOfInclude = labels.at(-1) === 'system' && /^(?:in|ex)clude$/.test(labels.at(-2) ?? '');
  const isOfLink = labels.at(-4) === 'text' && labels.at(-3) === 'extension';
  run.report('uri-unresolved', { uri: shown(value) }, isOfInclude || isOfLink ? 'error' : 'warning');
}

const aCanonical = text('canonical', 'http://example.org/x|1.0', isUri);
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:[^ ]+$/;

/** A canonical is absolute, or names a contained resource. https://hl7.org/fhir/R5/references.html#canonical */
function checkCanonical(value: unknown, run: Run): boolean {
  const isRight = aCanonical(value, run);
  // One with a space in it is no address at all.
  if (typeof value === 'string' && value.trim() !== '' && !value.startsWith('#') && !absolute.test(value))
    run.report('canonical-relative', { value: shown(value) });
  if (!isRight) return false;
  const text = value as string;
  if (text.startsWith('urn:oid:')) checkRoot(text.split('|')[0]!, run);
  if (text.startsWith('#') && text !== '#' && localTarget(text.split('|')[0]!, run) === undefined)
    run.report('canonical-unresolved', { canonical: shown(text) });
  return true;
}

function wrongJson(value: unknown, type: string, expected: string, run: Run): false {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  run.reportJson('json-type', { type, expected, found, value: shown(value) });
  if (value === '') run.report('invariant', ele1);
  return false;
}

function isInteger64(value: string): boolean {
  if (!/^(?:0|[-+]?[1-9]\d{0,18})$/.test(value)) return false;
  const number = BigInt(value);
  return number >= -9_223_372_036_854_775_808n && number <= 9_223_372_036_854_775_807n;
}

/**
 * No white space and no control characters; an address in the form of an OID or UUID must be a valid one.
 * https://hl7.org/fhir/R5/datatypes.html#uri
 */
function isUri(value: string): boolean {
  if (value === '' || /[\s\u0000-\u001f]/.test(value)) return false; // eslint-disable-line no-control-regex
  if (!value.startsWith('u') && !value.startsWith('o')) return true;
  if (value.startsWith('urn:oid:')) return oid.test(value);
  if (value.startsWith('urn:uuid:')) return uuidInUri.test(value);
  return !value.startsWith('oid:') && !value.startsWith('uuid:');
}

/** No white space except single spaces within, and no control characters. Written without repeated groups, which fail on long texts. */
function isCode(value: string): boolean {
  return value !== '' && !/^ | $| {2}|[^\S ]|[\u0000-\u001f]/.test(value); // eslint-disable-line no-control-regex
}

/** RFC 4648, padded, without line breaks. */
function isBase64(value: string): boolean {
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  const isWhole = value.length % 4 === 0 && value.length > 0;
  return isWhole && !/[^A-Za-z0-9+/]/.test(padding === 0 ? value : value.slice(0, -padding));
}

const uriExample = 'http://example.org/x';

const checks: ReadonlyMap<string, PrimitiveCheck> = new Map(
  Object.entries<PrimitiveCheck>({
    boolean: (value, run) => typeof value === 'boolean' || wrongJson(value, 'boolean', 'boolean', run),
    integer: integer('integer', -2_147_483_648),
    unsignedInt: integer('unsignedInt', 0),
    positiveInt: integer('positiveInt', 1),
    integer64: text('integer64', '9007199254740993', isInteger64),
    decimal: (value, run) => typeof value === 'number' || wrongJson(value, 'decimal', 'number', run),
    date: dated(text('date', '2026-01-31', isDate)),
    dateTime: dated(text('dateTime', '2026-01-31T09:30:00+05:00', isDateTime)),
    instant: dated(text('instant', '2026-01-31T09:30:00+05:00', isInstant)),
    time: text('time', '09:30:00', isTime),
    code: text('code', 'in-progress', isCode),
    id: text('id', 'a-1', isId),
    uri: addressed(text('uri', uriExample, isUri)),
    url: addressed(text('url', uriExample, isUri)),
    canonical: checkCanonical,
    oid: checkOid,
    uuid: aUuid,
    base64Binary: text('base64Binary', 'TWFu', isBase64),
    string: prose('string'),
    markdown: checkMarkdown,
    xhtml: prose('xhtml'),
  }),
);

/** The check of a primitive type. @throws Error for a name that R5 does not have. */
export function primitiveCheck(type: string): PrimitiveCheck {
  const check = checks.get(type);
  if (check === undefined) throw new Error(`There is no primitive type ${type}`);
  return check;
}
