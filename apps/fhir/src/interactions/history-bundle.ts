/** The Bundle of a history, made around the stored bytes. https://hl7.org/fhir/R5/http.html#history */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { Budget } from '@dhp/budget';
import type { StoredVersion } from '@dhp/fhir-store';
import { etag } from '../http/etag.ts';
import { joined } from '../http/join.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { confidentialityOf, highWaterMark } from '../search/high-water-mark.ts';
import { resourceUrl } from '../http/urls.ts';

export interface Link {
  readonly relation: 'self' | 'previous' | 'next';
  readonly url: string;
}

/**
 * Resources are not parsed, so their decimals keep their text.
 * @param settled the time to ask for as `_since` the next time, which is the Bundle's `timestamp`
 */
export async function historyBundle(
  { baseUrl, timeZone, settled }: { baseUrl: string; timeZone: string; settled?: Date | undefined },
  total: number | undefined,
  links: readonly Link[],
  versions: readonly StoredVersion[],
  budget: Budget,
): Promise<Answer> {
  const counted = total === undefined ? '' : `"total":${total},`;
  const stamp = settled === undefined ? '' : `"timestamp":"${formatInstant(settled, timeZone)}",`;
  const head = `{"resourceType":"Bundle",${highWaterMark(versions)}"type":"history",${stamp}${counted}"link":${JSON.stringify(links)}`;
  const parts: (Buffer | string)[] = [head];
  versions.forEach((version, index) => {
    const fullUrl = resourceUrl(baseUrl, version);
    parts.push(index === 0 ? ',"entry":[' : ',', ...entryParts(version, fullUrl, timeZone));
  });
  parts.push(versions.length === 0 ? '}' : ']}');
  return { ...json(await joined(parts, budget, 'the page')), confidentiality: confidentialityOf(versions) };
}

function entryParts(version: StoredVersion, fullUrl: string, timeZone: string): (Buffer | string)[] {
  const { type, id, versionId } = version;
  const method = version.method ?? methodOf(version);
  const request = { method, url: method === 'POST' ? type : `${type}/${id}` };
  const response = {
    status: version.isNew === true ? '201' : '200',
    etag: etag(versionId),
    lastModified: formatInstant(version.lastUpdated, timeZone),
  };
  const tail = `"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  const head = `{"fullUrl":${JSON.stringify(fullUrl)},`;
  return version.deleted ? [head, tail] : [`${head}"resource":`, version.content, `,${tail}`];
}

/** Derives the method of a version from before methods were stored: a first version under an id of the server came by POST. */
function methodOf({ deleted, versionId, id, lastUpdated }: StoredVersion): 'POST' | 'PUT' | 'DELETE' {
  if (deleted) return 'DELETE';
  return versionId === 1 && isServerId(id, lastUpdated) ? 'POST' : 'PUT';
}

/** The server's ids are UUIDs of version 7, made at the moment of the create: their first 48 bits are the time. */
function isServerId(id: string, created: Date): boolean {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return false;
  const made = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Math.abs(made - created.getTime()) < 60_000;
}
