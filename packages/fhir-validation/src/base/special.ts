import { createHash } from 'node:crypto';
import { shown, type Json } from '../json.ts';
import { checkNationalAddress, checkNationalIdentifier } from '../national/identifiers.ts';
import { readNarrative } from '../narrative/narrative.ts';
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

/** The XHTML of a narrative, with what exactly is wrong beside the rules txt-1 and txt-2. */
function checkNarrative({ div }: Json, run: Run): void {
  if (typeof div !== 'string' || div.trim() === '') return;
  const { faults, hasContent, repeated } = readNarrative(div, (units) => run.spend(units));
  if (faults.length === 0 && hasContent && repeated.length === 0) return;
  run.enter('div', -1);
  if (repeated.length > 0) run.report('narrative-id-duplicate', { ids: shown(repeated.join(', ')) });
  const isOutside = faults.some(({ id }) => id === 'narrative-element' || id === 'narrative-attribute');
  if (isOutside) run.report('invariant', txt1);
  if (!hasContent && !faults.some(({ id }) => id === 'narrative-syntax')) run.report('invariant', txt2);
  for (const fault of faults) run.reportFinding(fault);
  run.leave();
}

/** The stated size of inline data. https://hl7.org/fhir/R5/datatypes.html#attachment */
function checkAttachment({ data, size, hash, url, contentType, language, ...more }: Json, run: Run): void {
  const isBare = [data, url, contentType, language, more['_data'], more['_url']].every((one) => one === undefined);
  if (isBare) run.report('attachment-empty');
  if (typeof data !== 'string' || data.length % 4 !== 0) return;
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
  if (actual !== hash) run.report('attachment-hash', { hash: shown(hash), actual });
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
  ['Identifier', national(checkNationalIdentifier)],
  ['Address', national(checkNationalAddress)],
]);
