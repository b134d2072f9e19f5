import { isMediaType } from '../terminology/grammars.ts';

/** Browsers ignore white space in such an address. */
const script = /^\s*(?:java|vb)\s*script\s*:/i;

/** Whether an address is a script. The first character rules out most addresses, which is cheaper than a regular expression. */
export function isScript(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  const letter = first | 0x20;
  const mayBe = letter === 0x6a || letter === 0x76 || first <= 0x20 || first >= 0x7f;
  return mayBe && script.test(text.slice(start, end));
}

/** Whether a link is empty or has a scheme that no browser can follow. */
export function isLost(text: string): boolean {
  const first = text.charCodeAt(0);
  // The first character rules out most links.
  const mayBe = !(first > 0x20) || first === 0x75 || first === 0x63 || first > 0x7f;
  return mayBe && /^\s*$|^(?:urn|cid):/.test(text);
}

/** Matches characters that no address may contain, in any script; they must be percent-encoded. https://www.rfc-editor.org/rfc/rfc3987 */
const foreign = /[^\p{Alphabetic}\p{Nd};?:@&=+$.,/%\-_~#[\]!'()*|]/u;
/** Matches ASCII addresses, which most are. */
const plain = /^[A-Za-z0-9;?:@&=+$.,/%\-_~#[\]!'()*|]+$/;
const data = 'data:';
const base64 = ';base64';

/**
 * Whether a text is a valid address of a link or image in a narrative. For `data:` addresses the media type and the encoding are checked.
 * https://hl7.org/fhir/R5/narrative.html#xhtml, https://www.rfc-editor.org/rfc/rfc2397
 */
export function isAddress(text: string): boolean {
  if (!text.startsWith(data)) return plain.test(text) || (text.trim() !== '' && !foreign.test(text));
  const comma = text.indexOf(',');
  if (comma < 0 || comma === text.length - 1) return false;
  const head = text.slice(data.length, comma).trim();
  const isEncoded = head.endsWith(base64);
  const type = isEncoded ? head.slice(0, -base64.length) : head;
  if (type !== '' && !isMediaType(type)) return false;
  return !isEncoded || isBase64(text.slice(comma + 1));
}

function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(padding === 0 ? text : text.slice(0, -padding));
}
