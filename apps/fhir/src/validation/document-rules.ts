import { fail } from '../http/errors.ts';
import type { ReceivedResource } from '../contract/resource.ts';

/**
 * A document that is stored as sent is a Bundle like any other, but an invalid document is refused. Fails with `document-invalid` for the
 * rules bdl-9, bdl-10 and bdl-11. https://hl7.org/fhir/R5/bundle.html#invs
 */
export function requireDocument({ resource }: ReceivedResource): void {
  if (resource['resourceType'] !== 'Bundle' || resource['type'] !== 'document') return;
  const { identifier, timestamp, entry } = resource;
  const { system, value } = asObject(identifier);
  if (typeof system !== 'string' || typeof value !== 'string') {
    broken('bdl-9', 'a document must have an identifier with a system and a value', 'Bundle.identifier');
  }
  if (typeof timestamp !== 'string') broken('bdl-10', 'a document must have a date', 'Bundle.timestamp');
  const first = asObject(asObject(Array.isArray(entry) ? entry[0] : undefined)['resource']);
  if (first['resourceType'] !== 'Composition') {
    broken('bdl-11', 'a document must have a Composition as the first resource', 'Bundle.entry[0].resource');
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function broken(rule: string, sentence: string, expression: string): never {
  fail('document-invalid', { rule }, { diagnostics: `${rule}: ${sentence}.`, expression });
}
