/** The canonical form of a resource in JSON, over which a signature is made. https://hl7.org/fhir/R5/json.html#canonical */

type Json = Readonly<Record<string, unknown>>;

const url = 'http://hl7.org/fhir/canonicalization/json';

/** Parts of the resource that each method leaves out. */
const methods: Readonly<Record<string, readonly string[]>> = {
  [url]: [],
  [`${url}#data`]: ['text'],
  [`${url}#static`]: ['text', 'meta'],
};

/** A canonical form as it is signed, and as a JWS contains it. */
export interface CanonicalBytes {
  readonly bytes: Buffer;
  readonly encoded: string;
}

/** Returns the canonical forms of one resource by `targetFormat`, each computed once: several signatures may cover one of them. */
export function canonicalForms(resource: Json): (targetFormat: string | undefined) => CanonicalBytes | undefined {
  const made = new Map<string, CanonicalBytes>();
  return (targetFormat) => {
    const method = methodOf(targetFormat);
    let form = made.get(method);
    if (form !== undefined) return form;
    const text = canonicalForm(resource, targetFormat);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text);
    made.set(method, (form = { bytes, encoded: bytes.toString('base64url') }));
    return form;
  };
}

/**
 * Returns the text: members sorted by name, without white space, numbers and strings as RFC 8785 writes them.
 * @param targetFormat `Signature.targetFormat`, a media type with the parameter `canonicalization`; without that parameter, the whole
 * resource
 * @returns undefined for a method that is not known here, and for a number outside the range of RFC 8785
 */
export function canonicalForm(resource: Json, targetFormat: string | undefined): string | undefined {
  const method = methodOf(targetFormat);
  const without = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (without === undefined) return undefined;
  return canonicalText(Object.fromEntries(Object.entries(resource).filter(([name]) => !without.includes(name))));
}

function methodOf(targetFormat: string | undefined): string {
  const [, named] = /;\s*canonicalization="?([^";\s]+)"?/i.exec(targetFormat ?? '') ?? [];
  return named ?? url;
}

/** RFC 8785: members are ordered by their UTF-16 units, as texts are compared here. */
function canonicalText(value: unknown): string | undefined {
  const beyond: number[] = [];
  const text = JSON.stringify(value, (_, member: unknown) => {
    // It would be written as null, and be the same as any other.
    if (typeof member === 'number' && !Number.isFinite(member)) beyond.push(member);
    return typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member;
  });
  return beyond.length === 0 ? text : undefined;
}
