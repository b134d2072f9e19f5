/** Whether the content of a version agrees with its row. */
import { typeName } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import type { VersionToVerify } from '../statements/verify-versions.ts';

/** A version with its content read. */
export interface ReadVersion {
  /** Undefined: a deletion, or invalid content. */
  readonly resource: JsonResource | undefined;
  /** Names of the parts that differ; undefined if none does. */
  readonly fault: string | undefined;
}

export function readVersion({ ty, id, ver, upd, deleted, content, damage }: VersionToVerify): ReadVersion {
  if (damage !== undefined) return { resource: undefined, fault: damage };
  if (deleted) return { resource: undefined, fault: content === '' ? undefined : 'a deletion with content' };
  const resource = parsed(content);
  if (resource === undefined) return { resource, fault: 'no JSON object' };
  const meta = (resource['meta'] ?? {}) as Readonly<Record<string, unknown>>;
  const said: readonly (readonly [name: string, isSame: boolean])[] = [
    ['resourceType', resource.resourceType === typeName(ty)],
    ['id', id === undefined || resource['id'] === id],
    ['meta.versionId', meta['versionId'] === String(ver)],
    ['meta.lastUpdated', Date.parse(String(meta['lastUpdated'])) === upd],
  ];
  const differing = said.filter(([, isSame]) => !isSame).map(([name]) => name);
  return { resource, fault: differing.length === 0 ? undefined : differing.join(', ') };
}

/** Undefined unless it is a JSON object. */
export function parsed(content: string): JsonResource | undefined {
  try {
    const value = JSON.parse(content) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonResource) : undefined;
  } catch {
    return undefined;
  }
}
