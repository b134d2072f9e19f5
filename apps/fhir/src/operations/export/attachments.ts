/** Addresses of attachments in the lines of an export. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#attachments */
import { memberOf } from '@dhp/fhir-model';
import { isObject, parseExactly } from '../../presentation/exact-json.ts';

const key = Buffer.from('"url"');
/** Behind the name: an address that begins with no scheme, or none that can be seen. Extensions have absolute ones, but for parts of other extensions. */
const relative = /^\s*(?::\s*(?:"(?![A-Za-z][A-Za-z0-9+.-]*:)|$)|$)/;
/** Bytes behind the name that are looked at: white space and a scheme take less. */
const glance = 64;

/**
 * A resource whose attachments have absolute addresses: a reader of the file does not know the address to which they are relative. Without
 * relative addresses the bytes are returned as they are, unparsed.
 * @param baseUrl without a slash at the end
 */
export function withAbsoluteAttachments(type: string, content: Buffer, baseUrl: string): Buffer {
  if (!mayBeRelative(content)) return content;
  const text = content.toString('utf8');
  const base = `${baseUrl}/`;
  // Most are of extensions. Without the digits of numbers that is known in a tenth of the time.
  if (!makeAbsolute(JSON.parse(text), type, base)) return content;
  const resource = parseExactly(text);
  makeAbsolute(resource, type, base);
  return Buffer.from(JSON.stringify(resource));
}

function mayBeRelative(content: Buffer): boolean {
  for (let at = content.indexOf(key); at >= 0; at = content.indexOf(key, at + 1)) {
    const from = at + key.length;
    if (relative.test(content.toString('latin1', from, from + glance))) return true;
  }
  return false;
}

/** Changes the value. @returns whether anything was relative */
function makeAbsolute(value: unknown, type: string, base: string): boolean {
  let changed = false;
  if (Array.isArray(value)) for (const each of value) changed = makeAbsolute(each, type, base) || changed;
  if (!isObject(value)) return changed;
  if (type === 'Attachment') return withAbsoluteUrl(value, base);
  // A contained resource has its own type.
  const own = typeof value['resourceType'] === 'string' ? value['resourceType'] : type;
  for (const [name, part] of Object.entries(value)) {
    const member = typeof part === 'object' ? memberOf(own, name) : undefined;
    if (member !== undefined) changed = makeAbsolute(part, member.type, base) || changed;
  }
  return changed;
}

function withAbsoluteUrl(attachment: Record<string, unknown>, base: string): boolean {
  const { url } = attachment;
  // A fragment is a place in the resource itself.
  if (typeof url !== 'string' || url === '' || url.startsWith('#') || URL.canParse(url)) return false;
  if (!URL.canParse(url, base)) return false;
  attachment['url'] = new URL(url, base).href;
  return true;
}
