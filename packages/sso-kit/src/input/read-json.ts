/** JSON from a program. Its content may be stored anywhere: it contains no text that the database would refuse or change. */
import { isUtf8 } from 'node:buffer';
import { InputError } from './input-error.ts';

/** A value within the document, and its path. */
interface Node {
  readonly value: unknown;
  readonly name: string;
  readonly above: Node | undefined;
}

/** Escapes of U+0000 and of surrogates: bytes of UTF-8 are neither. */
const suspicious = /\\u(?:0000|d[89a-f])/i;

/**
 * @throws InputError if the bytes are not JSON in UTF-8, or a text or a name contains U+0000 or a lone surrogate; the message names its
 * place
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = isUtf8(bytes) ? Buffer.from(bytes).toString() : '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError('invalid-value', 'The body is not JSON in UTF-8');
  }
  if (suspicious.test(text)) requireStorable(value);
  return value;
}

/** Goes through it without recursion, which nesting could exhaust. */
function requireStorable(whole: unknown): void {
  const waiting: Node[] = [{ value: whole, name: '', above: undefined }];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const above = node;
    const { value } = node;
    if (typeof value === 'string') requireText(value, node);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      requireText(name, above);
      waiting.push({ value: member, name, above });
    }
  }
}

function requireText(text: string, node: Node): void {
  if (text.includes('\0'))
    throw new InputError('invalid-value', `${placeOf(node)} has the character U+0000, which no text may have`);
  if (!text.isWellFormed())
    throw new InputError('invalid-value', `${placeOf(node)} has half of a character (a surrogate without the other)`);
}

function placeOf(node: Node): string {
  const names: string[] = [];
  for (let at = node; at.above !== undefined; at = at.above) names.push(at.name.slice(0, 40));
  return names.reverse().slice(0, 12).join('.').toWellFormed().replaceAll('\0', '') || 'The body';
}
