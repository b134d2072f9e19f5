import { X509Certificate } from 'node:crypto';
import { isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Accepted difference in milliseconds between the two times of a signature. */
const tolerance = 2_000;

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Checks the metadata of a signature that is a JSON Web Signature: signer, time, and that it contains no copy of the Bundle. Does not
 * verify the signature itself. https://hl7.org/fhir/R5/signatures.html
 */
export function checkSignature(signature: unknown, run: Run): void {
  if (!isObject(signature) || signature['sigFormat'] !== 'application/jose') return;
  const { data } = signature;
  if (typeof data !== 'string') return;
  run.enter('signature', -1);
  run.spend(data.length / 32);
  const parts = partsOf(data, run);
  if (parts !== undefined) {
    const header = headerOf(parts[0]!, run);
    if (header !== undefined) checkHeader(header, signature, run);
    if (header !== undefined && parts[1] !== '') run.report('bundle-signature-payload');
  }
  run.leave();
}

/** Returns the three parts of a signature. FHIR encodes it in base64 although it already is base64. */
function partsOf(data: string, run: Run): string[] | undefined {
  const isEncoded = /^[A-Za-z0-9+/=_\s-]*$/.test(data);
  const parts = (isEncoded ? Buffer.from(data, 'base64').toString() : data).split('.');
  if (!isEncoded || parts.length !== 3) run.report('bundle-signature-data');
  return parts.length === 3 ? parts : undefined;
}

function headerOf(part: string, run: Run): Json | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64').toString());
    if (isObject(header)) return header;
  } catch {
    // Reported below, together with JSON that is no object.
  }
  run.report('bundle-signature-header');
  return undefined;
}

function checkHeader(header: Json, { when, targetFormat }: Json, run: Run): void {
  const signed = signedAt(header, run);
  if (signed === undefined) run.report('bundle-signature-time-missing');
  if (when === undefined) run.report('bundle-signature-when-missing');
  else if (signed !== undefined && isDateTime(signed, run)) checkWhen(signed, shown(when), run);
  if (typeof targetFormat === 'string') checkCanonicalization(header['canon'], targetFormat, run);
  if (header['x5c'] !== undefined) checkCertificate(header['x5c'], run);
  else if (header['kid'] === undefined) run.report('bundle-signature-key');
}

/**
 * Returns the time of signing stated in the signature, which is a date-time or a number of seconds; undefined if it is missing or invalid.
 */
function signedAt({ sigT, iat }: Json, run: Run): string | undefined {
  if (sigT !== undefined) {
    if (!isSeconds(sigT)) return shown(sigT);
    run.report('bundle-signature-time-seconds', { value: shown(sigT) });
    return ofSeconds(sigT);
  }
  if (iat === undefined) return undefined;
  if (isSeconds(iat)) return ofSeconds(iat);
  run.report('bundle-signature-time', { value: shown(iat) });
  return undefined;
}

const isSeconds = (value: unknown): boolean => /^-?\d{1,12}$/.test(shown(value));

const ofSeconds = (seconds: unknown): string => new Date(Number(seconds) * 1_000).toISOString();

function isDateTime(value: string, run: Run): boolean {
  if (dateTime.test(value) && !Number.isNaN(Date.parse(value))) return true;
  run.report('bundle-signature-time', { value: shown(value) });
  return false;
}

function checkWhen(signed: string, when: string, run: Run): void {
  const apart = Math.abs(Date.parse(signed) - Date.parse(when));
  if (apart > tolerance) run.report('bundle-signature-when', { signed: shown(signed), when: shown(when) });
}

/** Compares the canonicalization named in the signature with the one named in `targetFormat`, if both are present. */
function checkCanonicalization(canon: unknown, targetFormat: string, run: Run): void {
  const stated = /;\s*canonicalization=([^;\s]+)/.exec(targetFormat)?.[1];
  if (typeof canon === 'string' && stated !== undefined && canon !== stated)
    run.report('bundle-signature-canonicalization', { canon: shown(canon), stated: shown(stated) });
}

function checkCertificate(chain: unknown, run: Run): void {
  const first: unknown = Array.isArray(chain) ? chain[0] : undefined;
  try {
    if (typeof first === 'string') {
      new X509Certificate(Buffer.from(first, 'base64')).toString();
      return;
    }
  } catch {
    // Reported below.
  }
  run.report('bundle-signature-certificate');
}
