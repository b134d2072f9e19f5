/** The Bundle that answers a batch or transaction. https://hl7.org/fhir/R5/http.html#transaction-response */
import { STATUS_CODES } from 'node:http';
import { formatInstant } from '@dhp/fhir-model/instant';
import { preferredReturn } from '../http/negotiate.ts';
import { joined, type Parts } from '../http/join.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { resourceUrl } from '../http/urls.ts';
import { labelsOf, markOf } from '../search/high-water-mark.ts';
import type { Plan, Sent } from './plan.ts';

/** The text of an entry, and the labels of the resource that it shows. */
export interface ShownEntry {
  readonly parts: Parts;
  readonly labels: Iterable<string>;
}

/** An entry made of the answer of its interaction. Stored bytes are inserted unchanged. */
export function answeredEntry(services: Services, plan: Plan, answer: Answer): ShownEntry {
  const { version, confidentiality, body, status } = answer;
  plan.port.record(status, body === undefined ? 0 : Buffer.byteLength(body));
  const labels = version === undefined ? [] : labelsOf([version]);
  return {
    parts: answeredParts(services, plan, answer),
    labels: showsResource(plan, answer) ? [...labels, ...(confidentiality === undefined ? [] : [confidentiality])] : [],
  };
}

/** Whether the entry has the resource or the result of an operation, and not an outcome. */
function showsResource(plan: Plan, { body, version }: Answer): boolean {
  if (body === undefined || plan.request.method === 'HEAD') return false;
  if (plan.target.route.method === 'GET' || plan.target.route.interaction.startsWith('$')) return true;
  return preferredReturn(headerOf(plan.call, 'prefer')) === 'representation' && version?.deleted === false;
}

function answeredParts({ baseUrl, timeZone }: Services, plan: Plan, answer: Answer): Parts {
  const { version, body, caution } = answer;
  const isRead = plan.target.route.method === 'GET';
  const { location, lastModified } = version === undefined ? noVersion : aboutVersion(version, isRead, timeZone);
  const about = JSON.stringify({
    status: shownStatus(answer.status),
    location,
    etag: answer.headers['etag'],
    lastModified,
  });
  const response = caution === undefined ? about : `${about.slice(0, -1)},"outcome":${caution}}`;
  if (body === undefined || plan.request.method === 'HEAD') return [`{"response":${response}}`];
  if (!showsResource(plan, answer)) return [`{"response":${response.slice(0, -1)},"outcome":`, body, '}}'];
  const fullUrl = version === undefined ? '' : `"fullUrl":${JSON.stringify(resourceUrl(baseUrl, version))},`;
  return [`{${fullUrl}"resource":`, body, `,"response":${response}}`];
}

/** An entry for an interaction that failed, or that did not run. */
export function failedEntry(services: Services, call: Call, { port }: Sent, error: unknown): ShownEntry {
  const { status, body } = services.failed(error, call);
  port.record(status, Buffer.byteLength(body));
  return { parts: [`{"response":{"status":${JSON.stringify(shownStatus(status))},"outcome":`, body, '}}'], labels: [] };
}

/** It is as confidential as its most confidential entry. */
export async function responseBundle(
  type: 'batch-response' | 'transaction-response',
  entries: readonly ShownEntry[],
): Promise<Answer> {
  const mark = markOf(entries.flatMap(({ labels }) => [...labels]));
  const parts: (Buffer | string)[] = [`{"resourceType":"Bundle",${mark === '' ? '' : `${mark},`}"type":"${type}"`];
  entries.forEach((entry, index) => parts.push(index === 0 ? ',"entry":[' : ',', ...entry.parts));
  parts.push(entries.length === 0 ? '}' : ']}');
  return json(await joined(parts));
}

const noVersion = { location: undefined, lastModified: undefined };

function aboutVersion(
  version: NonNullable<Answer['version']>,
  isRead: boolean,
  timeZone: string,
): { location: string | undefined; lastModified: string } {
  const { type, id, versionId, deleted, lastUpdated } = version;
  const location = isRead || deleted ? undefined : `${type}/${id}/_history/${versionId}`;
  return { location, lastModified: formatInstant(lastUpdated, timeZone) };
}

function shownStatus(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}
