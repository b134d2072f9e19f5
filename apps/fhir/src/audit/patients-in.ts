/** The patients whom a text tells of: those that it refers to as Patients of this server. */
import type { Exchange } from '../contract/exchange.ts';

const reference = Buffer.from('Patient/');
const quote = 0x22;
const slash = 0x2f;
const feed = 0x0a;
const idLength = 64;

/**
 * Adds the ids of Patients to which a JSON text refers, relatively or by the base URL of this server; addresses within it count, too.
 * A scan of the bytes: parsing a page would take a hundred times as long.
 * @param found gets the ids
 */
export function patientsIn(text: Buffer | string, base: string, found: Set<string>): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (hasEscapes(bytes)) scan(Buffer.from(JSON.stringify(JSON.parse(bytes.toString('utf8')))), base, found);
  else scan(bytes, base, found);
}

/**
 * The same for many lines in one scan, each with its end.
 * @returns the lines that refer to none, without their ends
 */
export function patientsInLines(lines: Buffer, base: string, found: Set<string>): Buffer[] {
  const isPlain = !hasEscapes(lines);
  const others: Buffer[] = [];
  let at = isPlain ? lines.indexOf(reference) : -1;
  for (let start = 0, end = lines.indexOf(feed); end >= 0; start = end + 1, end = lines.indexOf(feed, start)) {
    let isNamed = false;
    for (; at >= 0 && at < end; at = lines.indexOf(reference, at + 1)) {
      const id = idAt(lines, at, base);
      if (id === undefined) continue;
      found.add(id);
      isNamed = true;
    }
    if (isNamed) continue;
    const line = lines.subarray(start, end);
    const own = new Set<string>();
    if (!isPlain) patientsIn(line, base, own);
    for (const id of own) found.add(id);
    if (own.size === 0) others.push(line);
  }
  return others;
}

const escapes = [Buffer.from('\\u00'), Buffer.from('\\/')];

/** Letters or slashes that are written as an escape, as JSON permits: a reference may hide in them. */
function hasEscapes(bytes: Buffer): boolean {
  return escapes.some((each) => bytes.includes(each));
}

function scan(bytes: Buffer, base: string, found: Set<string>): void {
  for (let at = bytes.indexOf(reference); at >= 0; at = bytes.indexOf(reference, at + 1)) {
    const id = idAt(bytes, at, base);
    if (id !== undefined) found.add(id);
  }
}

/** The id in a reference that begins at a place; undefined if it does not refer to this server. */
function idAt(bytes: Buffer, at: number, base: string): string | undefined {
  const before = bytes[at - 1];
  if (before !== quote && !(before === slash && isBehind(bytes, at - 1, base))) return undefined;
  const from = at + reference.length;
  let end = from;
  while (end < bytes.length && end - from < idLength && isOfId(bytes[end]!)) end += 1;
  return end > from ? bytes.toString('latin1', from, end) : undefined;
}

function isBehind(bytes: Buffer, end: number, base: string): boolean {
  const from = end - base.length;
  return from >= 0 && bytes.toString('latin1', from, end) === base;
}

/** Letters, digits, `-` and `.` (https://hl7.org/fhir/R5/datatypes.html#id). */
function isOfId(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

/** Adds the patient at the address, and those whom the query names. @returns all of them */
export function addressed({ target, call }: Pick<Exchange, 'target' | 'call'>, patients: Set<string>): Set<string> {
  const { type, id = '', compartment } = target ?? {};
  if (id !== '' && (compartment ?? type) === 'Patient') patients.add(id);
  for (const [name, values = []] of Object.entries(call?.query ?? target?.query ?? {})) {
    const named = /^(?:patient|subject)(?::Patient)?$/.test(name) ? byReference : byTypedReference;
    for (const value of [values].flat().flatMap((each) => each.split(','))) {
      const [, patient] = named.exec(value) ?? [];
      if (patient !== undefined) patients.add(patient);
    }
  }
  return patients;
}

const byReference = /^(?:.*\/)?([A-Za-z0-9.-]{1,64})$/;
const byTypedReference = /^(?:.*\/)?Patient\/([A-Za-z0-9.-]{1,64})$/;
