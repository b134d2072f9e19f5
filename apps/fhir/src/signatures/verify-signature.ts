/** Verifies a digital signature of FHIR: a JWS (RFC 7515) over the canonical form of a resource. https://hl7.org/fhir/R5/signatures.html */
import { errors, flattenedVerify } from 'jose';
import type { SignerKey } from '../contract/signatures.ts';
import type { CanonicalBytes, canonicalForms } from './canonical.ts';

type Json = Readonly<Record<string, unknown>>;

/** `unchecked`: neither proved valid nor proved invalid. `why` completes "the signature …". */
export type Verdict = { readonly kind: 'verified' } | { readonly kind: 'wrong' | 'unchecked'; readonly why: string };

/** Only asymmetric algorithms: if HMAC or `none` were accepted, anybody who knows the public key could sign. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * @param signature an element of the data type Signature
 * @param target the canonical forms of the signed resource, computed when the key and the signer match; undefined if none could be read, or
 * several
 */
export async function verifySignature(
  signature: Json,
  target: () => Promise<ReturnType<typeof canonicalForms> | undefined>,
  keys: readonly SignerKey[],
): Promise<Verdict> {
  const { sigFormat, targetFormat, data, who } = signature;
  if (typeof sigFormat !== 'string' || mediaTypeOf(sigFormat) !== 'application/jose')
    return unchecked('is not in the format application/jose');
  if (typeof data !== 'string') return unchecked('has no data');
  const parts = Buffer.from(data, 'base64').toString('latin1').split('.');
  const header = headerOf(parts);
  if (header === undefined) return wrong('has data that are no JWS in base64');
  if (!algorithms.includes(String(header['alg']))) return wrong('is made by an algorithm that is not asymmetric');
  const key = keys.find(({ kid }) => kid === header['kid']);
  if (key === undefined) return unchecked('is made with a key that is not known here');
  const signer = (who as { reference?: unknown } | undefined)?.reference;
  if (typeof signer !== 'string' || !key.signers.includes(signer))
    return wrong(`is made with a key that does not sign for its "who" (${shown(signer)})`);
  const forms = await target();
  if (forms === undefined) return unchecked('is over something else than one resource of this server that can be read');
  const payload = forms(typeof targetFormat === 'string' ? targetFormat : undefined);
  if (payload === undefined) return unchecked('is over a canonical form that is not known here');
  return verified(parts as [string, string, string], { header, payload, key });
}

async function verified(
  [protectedHeader, enclosed, value]: readonly [string, string, string],
  { header, payload, key }: { readonly header: Json; readonly payload: CanonicalBytes; readonly key: SignerKey },
): Promise<Verdict> {
  const { bytes, encoded } = payload;
  const own = header['b64'] === false ? bytes : encoded;
  if (enclosed !== '' && enclosed !== encoded) return wrong('encloses another content than the target has');
  try {
    await flattenedVerify({ protected: protectedHeader, payload: own, signature: value }, key.key, { algorithms });
    return { kind: 'verified' };
  } catch (error) {
    if (error instanceof errors.JOSENotSupported) return unchecked('has a critical header that is not known here');
    return wrong('does not fit the target and the key');
  }
}

function headerOf(parts: readonly string[]): Json | undefined {
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]*$/.test(part))) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null && !Array.isArray(header) ? (header as Json) : undefined;
  } catch {
    return undefined;
  }
}

const mediaTypeOf = (format: string): string => format.split(';', 1)[0]!.trim().toLowerCase();
const wrong = (why: string): Verdict => ({ kind: 'wrong', why });
const unchecked = (why: string): Verdict => ({ kind: 'unchecked', why });

function shown(reference: unknown): string {
  return typeof reference === 'string' ? reference.slice(0, 100) : 'it has no reference';
}
