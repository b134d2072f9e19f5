/** `$document`: the document that a Composition is the head of. https://hl7.org/fhir/R5/composition-operation-document.html */
import { isResourceType } from '@dhp/fhir-model';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Permission } from '../contract/permission.ts';
import { missingPermission, partlyHidden } from '../http/access.ts';
import { receiveResource } from '../http/body.ts';
import { fail } from '../http/errors.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { requireCurrent } from '../interactions/current.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { resourceUrl } from '../http/urls.ts';
import { confidentialityOf, highWaterMark } from '../search/high-water-mark.ts';
import { requireConformance, toBeStored } from '../validation/require-conformance.ts';
import { invalid, isObject } from './input.ts';
import type { Input } from './operation.ts';

/**
 * The Composition and the resources that it refers to (https://hl7.org/fhir/R5/documents.html#content), in their current versions.
 * Resources of other servers are not included. Fails with `document-incomplete` if one of this server no longer exists.
 */
export async function document(services: Services, call: Call, input: Input): Promise<Answer> {
  const { store, baseUrl, timeZone, clock } = services;
  const persist = booleanOf(input, 'persist');
  if (persist) {
    // A POST has it in its body. A GET changes nothing, for any query.
    if (call.query['persist'] !== undefined) invalid('persist', 'A document is stored by POST only.');
    requirePermission(call, 'c', 'Bundle');
  }
  const composition = await store.read('Composition', call.id);
  requireCurrent(composition, 'Composition', call.id);
  const targets = referencesOf(composition, baseUrl);
  call.budget.take(1 + targets.length, 'what the document holds');
  const others = await inOrder(targets.map((target) => referenced(services, call, target)));
  call.budget.hold(
    others.reduce((sum, { content }) => sum + content.length, composition.content.length),
    'the document',
  );
  const text = documentText([composition, ...others], { baseUrl, timestamp: formatInstant(clock(), timeZone) });
  if (!persist) return { ...json(text), confidentiality: confidentialityOf([composition, ...others]) };
  // A document that is stored is one for all.
  const part = services.partly && [composition, ...others].find(services.partly.isPart);
  if (part !== undefined) throw partlyHidden(part.type, part.id);
  const received = receiveResource(Buffer.from(text), 'Bundle');
  requireConformance(services, received, call);
  const outcome = await store.create({ type: 'Bundle', ...toBeStored(services, received, call.budget) });
  if (!('version' in outcome)) throw new Error(`create of a document ended in ${outcome.kind}`);
  const { version } = outcome;
  return { ...json(version.content, { location: resourceUrl(baseUrl, version) }), version };
}

interface Target {
  readonly type: string;
  readonly id: string;
  readonly versionId: string | undefined;
  /** The element that holds the reference. */
  readonly place: string;
}

const heads = ['subject', 'encounter', 'author', 'custodian'];

/** The literal references of a Composition to this server that its document holds, relative or below its base URL, each resource once. */
function referencesOf({ content }: StoredVersion, baseUrl: string): Target[] {
  const composition = JSON.parse(content.toString()) as Record<string, unknown>;
  const targets = new Map<string, Target>();
  const add = (value: unknown, place: string): void => {
    if (Array.isArray(value)) value.forEach((item, n) => add(item, `${place}[${n}]`));
    const given = isObject(value) && typeof value['reference'] === 'string' ? value['reference'] : '';
    const reference = given.startsWith(`${baseUrl}/`) ? given.slice(baseUrl.length + 1) : given;
    const [, type = '', id = '', versionId] =
      /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([1-9]\d{0,8}))?$/.exec(reference) ?? [];
    if (!isResourceType(type) || targets.has(`${type}/${id}`)) return;
    targets.set(`${type}/${id}`, { type, id, versionId, place: `${place}.reference` });
  };
  const each = (value: unknown, place: string, visit: (item: Record<string, unknown>, place: string) => void): void => {
    if (Array.isArray(value)) value.forEach((item, n) => isObject(item) && visit(item, `${place}[${n}]`));
  };
  const addSections = (value: unknown, place: string): void => {
    each(value, place, (section, at) => {
      for (const name of ['author', 'focus', 'entry']) add(section[name], `${at}.${name}`);
      addSections(section['section'], `${at}.section`);
    });
  };
  for (const name of heads) add(composition[name], `Composition.${name}`);
  each(composition['attester'], 'Composition.attester', (attester, at) => {
    add(attester['party'], `${at}.party`);
  });
  each(composition['event'], 'Composition.event', (event, at) => {
    each(event['detail'], `${at}.detail`, (detail, place) => {
      add(detail['reference'], `${place}.reference`);
    });
  });
  addSections(composition['section'], 'Composition.section');
  return [...targets.values()];
}

/** All of them, or the failure of the first: which fails earliest would tell how long it took to hide something. */
async function inOrder(versions: readonly Promise<StoredVersion>[]): Promise<StoredVersion[]> {
  const settled = await Promise.allSettled(versions);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return Promise.all(versions);
}

async function referenced({ store }: Services, call: Call, target: Target): Promise<StoredVersion> {
  const { type, id, versionId, place } = target;
  requirePermission(call, 'r', type);
  const version = await (versionId === undefined ? store.read(type, id) : store.vread(type, id, Number(versionId)));
  if (version !== undefined && !version.deleted) return version;
  const reference = `${type}/${id}${versionId === undefined ? '' : `/_history/${versionId}`}`;
  const diagnostics = `${place} refers to ${reference}, which ${version === undefined ? 'does not exist' : 'was deleted'}.`;
  fail('document-incomplete', { reference }, { diagnostics, expression: place });
}

/** Stored bytes are put in as they are. https://hl7.org/fhir/R5/documents.html#bundle */
function documentText(
  versions: readonly StoredVersion[],
  { baseUrl, timestamp }: { baseUrl: string; timestamp: string },
): string {
  const identifier = { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${crypto.randomUUID()}` };
  const head = JSON.stringify({ identifier, type: 'document', timestamp });
  const entries = versions.map(
    (version) =>
      `{"fullUrl":${JSON.stringify(resourceUrl(baseUrl, version))},"resource":${version.content.toString()}}`,
  );
  return `{"resourceType":"Bundle",${highWaterMark(versions)}${head.slice(1, -1)},"entry":[${entries.join(',')}]}`;
}

function requirePermission({ access }: Call, permission: Permission, type: string): void {
  if (access === undefined) throw new Error('an operation came without access');
  const missing = missingPermission(access, permission, type, '$document');
  if (missing !== undefined) throw missing;
}

function booleanOf(input: Input, name: string): boolean {
  const value = input.get(name)?.[0] ?? 'false';
  if (value !== 'true' && value !== 'false') invalid(name, `${name} is true or false, not ${JSON.stringify(value)}.`);
  return value === 'true';
}
