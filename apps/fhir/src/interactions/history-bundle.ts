/** The Bundle of a history, made around the stored bytes. https://hl7.org/fhir/R5/http.html#history */
import { formatInstant } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import { etag } from '../http/etag.ts';
import { json, type Answer } from '../http/respond.ts';
import { resourceUrl } from './urls.ts';

export interface Link {
  readonly relation: 'self' | 'next';
  readonly url: string;
}

export interface HistoryEntry {
  readonly version: StoredVersion;
  /** What was before: `deleted` makes this version a new resource. `unknown` where it was not read. */
  readonly before: 'deleted' | 'current' | 'nothing' | 'unknown';
}

/** Resources are not parsed, so their decimals keep their text. */
export function historyBundle(
  { baseUrl, timeZone }: { baseUrl: string; timeZone: string },
  total: number | undefined,
  links: readonly Link[],
  entries: readonly HistoryEntry[],
): Answer {
  const counted = total === undefined ? '' : `"total":${total},`;
  const head = `{"resourceType":"Bundle","type":"history",${counted}"link":${JSON.stringify(links)}`;
  const parts: (Buffer | string)[] = [head];
  entries.forEach((entry, index) => {
    const fullUrl = resourceUrl(baseUrl, entry.version);
    parts.push(index === 0 ? ',"entry":[' : ',', ...entryParts(entry, fullUrl, timeZone));
  });
  parts.push(entries.length === 0 ? '}' : ']}');
  return json(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));
}

function entryParts({ version, before }: HistoryEntry, fullUrl: string, timeZone: string): (Buffer | string)[] {
  const { type, id, versionId } = version;
  const isNew = !version.deleted && (versionId === 1 || before === 'deleted');
  const wasPosted = versionId === 1 && isServerId(id, version.lastUpdated);
  const request = version.deleted
    ? { method: 'DELETE', url: `${type}/${id}` }
    : { method: wasPosted ? 'POST' : 'PUT', url: wasPosted ? type : `${type}/${id}` };
  const response = {
    status: isNew ? '201' : '200',
    etag: etag(versionId),
    lastModified: formatInstant(version.lastUpdated, timeZone),
  };
  const tail = `"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  const head = `{"fullUrl":${JSON.stringify(fullUrl)},`;
  return version.deleted ? [head, tail] : [`${head}"resource":`, version.content, `,${tail}`];
}

/**
 * Whether a first version came by POST. The database does not say, but the id does: the server's are UUIDs of version 7 made
 * at that moment, and their first 48 bits are the time. Other ids came by PUT.
 */
function isServerId(id: string, created: Date): boolean {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return false;
  const made = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Math.abs(made - created.getTime()) < 60_000;
}
