/** `$bulk-publish`: a manifest of registers at a fixed address. https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/publish.html */
import { createHash } from 'node:crypto';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { isNotModified } from '../../http/etag.ts';
import { fhirLines } from '../../http/respond.ts';
import { failureOf, requireSystem } from '../export/asked.ts';
import type { Operation } from '../operation.ts';
import { cacheControl, nameOf, publishInteraction as interaction, requirePublishing } from './published.ts';

/**
 * 200 with the manifest: for each published type that the caller may read and search, the state of its last change; 304 if the client has
 * it. Fails with `publishing-off`, and with `scope-insufficient` for a token that permits none of the types.
 */
async function bulkPublish(services: Services, call: Call): Promise<Answer> {
  const publishing = requirePublishing(services);
  requireSystem(call, interaction);
  const failures = publishing.types.map((type) => failureOf(services, call, type, interaction));
  const types = publishing.types.filter((_, n) => failures[n] === undefined);
  if (types.length === 0) throw failures[0]!;
  const { newest } = await publishing.state();
  const told = types.flatMap((type) => {
    const stored = newest.get(type);
    return stored === undefined ? [] : [{ type, stored }];
  });
  const { baseUrl, timeZone } = services;
  const last = Math.max(0, ...told.map(({ stored }) => stored.getTime()));
  const body = Buffer.from(
    JSON.stringify({
      manifestType: 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkPublishManifest',
      transactionTime: formatInstant(new Date(last), timeZone),
      updateCadence: 'PT1M',
      requiresAccessToken: !publishing.isPublic,
      outputFormat: fhirLines,
      output: told.map(({ type, stored }) => ({ type, url: `${baseUrl}/${interaction}/${nameOf(type, stored)}` })),
      deleted: [],
      outcome: [],
    }),
  );
  const tag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
  const headers = { etag: tag, 'cache-control': cacheControl(publishing, 10), vary: 'Authorization' };
  if (isNotModified({ 'if-none-match': headerOf(call, 'if-none-match') }, tag, undefined))
    return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body };
}

export const bulkPublishOperation: Operation = {
  id: 'bulk-publish',
  code: 'bulk-publish',
  base: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/bulk-publish',
  isOfGuide: true,
  title: 'Registers, as files at a fixed address',
  description:
    'A manifest of files of NDJSON, one for each published type: organizations, practitioners and their roles, locations, services, endpoints, and the resources of conformance and terminology. ' +
    'It is always there and fresh; the address of a file is another one when its type has changed.',
  affectsState: false,
  permission: 'own',
  answersFiles: true,
  levels: ['system'],
  types: 'Resource',
  run: bulkPublish,
  parameters: [
    {
      ...{ name: 'return', use: 'out', min: 1, max: '1', type: 'Binary' },
      documentation: 'The manifest, application/json.',
    },
  ],
};
