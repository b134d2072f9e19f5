/**
 * `fhirContext`: the resources in context in addition to the patient and the encounter.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#fhir-context
 */
import { readJson } from '@dhp/sso-kit/input';
import type { FhirContext } from '../store/launches.ts';

const most = 20;
const members = ['reference', 'canonical', 'identifier', 'type', 'role'];
const reference = /^([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9.-]{1,64}$/;
const canonical = /^[a-z][a-z0-9+.-]*:\S{1,500}$/i;

/** @returns undefined if the text is not a valid fhirContext list */
export function readFhirContext(text: string): FhirContext[] | undefined {
  let value: unknown;
  try {
    value = readJson(Buffer.from(text));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > most || !value.every(isContext)) return undefined;
  return value;
}

function isContext(value: unknown): value is FhirContext {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entry = value as Record<string, unknown>;
  if (Object.keys(entry).some((name) => !members.includes(name))) return false;
  const fits = (name: string, shape: RegExp): boolean => {
    const text = entry[name];
    return text === undefined || (typeof text === 'string' && shape.test(text));
  };
  if (!fits('reference', reference) || !fits('canonical', canonical) || !fits('type', /^[A-Z][A-Za-z]{1,63}$/))
    return false;
  // "launch", or an absolute URI.
  if (!fits('role', /^(?:launch$|[a-z][a-z0-9+.-]*:\S{1,500}$)/i)) return false;
  if (entry['identifier'] !== undefined && !isIdentifier(entry['identifier'])) return false;
  if (['reference', 'canonical', 'identifier'].every((name) => entry[name] === undefined)) return false;
  // The patient and the encounter of the launch have parameters of their own.
  const [, type] = reference.exec(typeof entry['reference'] === 'string' ? entry['reference'] : '') ?? [];
  return !(/^(?:Patient|Encounter)$/.test(type ?? '') && (entry['role'] ?? 'launch') === 'launch');
}

function isIdentifier(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  const isText = ([name, text]: [string, unknown]): boolean =>
    (name === 'system' || name === 'value') && typeof text === 'string' && text.length <= 500;
  return entries.length > 0 && entries.every(isText);
}
