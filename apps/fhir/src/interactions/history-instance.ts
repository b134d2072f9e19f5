import { formatInstant } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import { fail } from '../http/errors.ts';
import { etag } from '../http/etag.ts';
import type { Query } from '../http/negotiate.ts';
import { json } from '../http/respond.ts';
import type { Interaction } from './interaction.ts';
import { resourceUrl } from './urls.ts';

const defaultCount = 20;
const maxCount = 500;

/** All versions of a resource, newest first, in pages. https://hl7.org/fhir/R5/http.html#history */
export const historyInstance: Interaction = async ({ store, baseUrl, timeZone }, { type, id, query }) => {
  const count = Math.min(wholeNumber(query, '_count') ?? defaultCount, maxCount);
  const before = wholeNumber(query, '_before');
  // One more than the page: it says whether there is a next page, and whether the last entry followed a deletion.
  const found = await store.history(type, id, { count: count + 1, ...(before === undefined ? {} : { before }) });
  if (found.total === 0) {
    fail('resource-not-found', { type, id }, { diagnostics: `${type}/${id} has never existed here.` });
  }
  const page = found.versions.slice(0, count);
  const self = `${resourceUrl(baseUrl, { type, id })}/_history?_count=${count}`;
  const last = page.at(-1);
  const links = [{ relation: 'self', url: before === undefined ? self : `${self}&_before=${before}` }];
  if (last !== undefined && found.versions.length > count) {
    links.push({ relation: 'next', url: `${self}&_before=${last.versionId}` });
  }
  const entries = page.map((version, index) =>
    entryParts(version, found.versions[index + 1], { fullUrl: resourceUrl(baseUrl, version), timeZone }),
  );
  return json(bundle(found.total, links, entries));
};

/** The Bundle around the stored bytes: resources are not parsed, so their decimals keep their text. */
function bundle(total: number, links: object[], entries: (Buffer | string)[][]): Buffer {
  const head = `{"resourceType":"Bundle","type":"history","total":${total},"link":${JSON.stringify(links)}`;
  const parts: (Buffer | string)[] = [head];
  entries.forEach((entry, index) => parts.push(index === 0 ? ',"entry":[' : ',', ...entry));
  parts.push(entries.length === 0 ? '}' : ']}');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function entryParts(
  version: StoredVersion,
  older: StoredVersion | undefined,
  { fullUrl, timeZone }: { fullUrl: string; timeZone: string },
): (Buffer | string)[] {
  const { type, id, versionId } = version;
  const isNew = !version.deleted && (versionId === 1 || older?.deleted === true);
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

function wholeNumber(query: Query, name: string): number | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) {
    const diagnostics = `${name} is a whole number of 0 or more, not ${JSON.stringify(value)}.`;
    fail('parameter-invalid', { name }, { diagnostics });
  }
  return Number(value);
}
