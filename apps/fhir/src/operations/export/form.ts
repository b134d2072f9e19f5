/** In which form the files of an export are: by blocks, and of which size. https://hl7.org/fhir/uv/bulkdata/export.html */
import { headerOf, type Call } from '../../contract/interaction.ts';
import { isLenient } from '../../http/negotiate.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';

export interface Form {
  /** Whether there is a block for each Patient, in the place of a file for each type. */
  readonly isOrganized: boolean;
  /** Bytes of a file at most. */
  readonly mostBytes: number | undefined;
  /** Whether files can be taken before the export has ended. */
  readonly isEarly: boolean;
}

/** The least that can be requested as the most bytes of a file: each file costs a row, and a request. */
const leastOfMost = 1024 ** 2;

/** Fails with `parameter-invalid`. */
export function readForm(call: Call, input: Input): Form {
  return { isOrganized: isOrganized(call, input), mostBytes: sizesOf(input), isEarly: isEarly(input) };
}

function isOrganized(call: Call, input: Input): boolean {
  const type = input.get('organizeOutputBy')?.[0];
  if (type === 'Patient') return true;
  if (type === undefined || isLenient(headerOf(call, 'prefer'))) return false;
  const shown = JSON.stringify(type).slice(0, 100);
  return invalid(
    'organizeOutputBy',
    `organizeOutputBy is Patient, or is left out; files are not organized by ${shown}.`,
  );
}

function isEarly(input: Input): boolean {
  const value = input.get('allowPartialManifests')?.[0];
  if (value === undefined || value === 'true' || value === 'false') return value === 'true';
  return invalid(
    'allowPartialManifests',
    `allowPartialManifests is true or false, not ${JSON.stringify(value).slice(0, 100)}.`,
  );
}

function sizesOf(input: Input): number | undefined {
  const [least, most] = ['_minimumFileSize', '_maximumFileSize'].map((name) => {
    const text = input.get(name)?.[0];
    if (text === undefined) return undefined;
    if (typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text)) return Number(text);
    return invalid(name, `${name} is a number of bytes, not ${JSON.stringify(text).slice(0, 100)}.`);
  });
  if (most !== undefined && most < leastOfMost)
    invalid('_maximumFileSize', `_maximumFileSize is ${leastOfMost} at least, so that files do not become too many.`);
  if (least !== undefined && most !== undefined && least >= most)
    invalid('_minimumFileSize', '_minimumFileSize is less than _maximumFileSize.');
  return most;
}
