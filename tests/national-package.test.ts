/**
 * The national package, stored like any other resources: its examples are accepted, and invalid ones are refused with the place of the
 * fault.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  nationalExamples,
  nationalResources,
  nationalVariants,
  skipNational,
  type Variant,
} from '../packages/fhir-validation/test/national.ts';
import { isFull, sampleOf } from './sample.ts';
import { send, type EntryToSend } from '../apps/fhir/test/bundles.ts';
import { population } from '@dhp/synthetic-population';
import { startServer, type Reply, type TestServer } from '../apps/fhir/test/environment.ts';

type Json = Record<string, unknown>;

interface Finding {
  severity: string;
  expression: string[];
}

const skip = skipNational;
const patients = isFull ? 100 : 8;
let server: TestServer;

before(async () => {
  if (skip !== false) return;
  server = await startServer({
    environment: 'production',
    referenceIntegrity: 'allow',
    requireIfMatch: false,
    bodyLimit: 64 * 1024 * 1024,
    validation: { unknownProfiles: 'error' },
  });
  // Resources that claim a profile are stored after the profiles.
  const types = ['StructureDefinition', 'CodeSystem', 'ValueSet', 'Questionnaire'];
  const rank = (resource: Json): number => types.indexOf(String(resource['resourceType']));
  const resources = [...nationalResources()].filter((one) => rank(one) >= 0).sort((a, b) => rank(a) - rank(b));
  assert.ok(resources.length > 400);
  for (let from = 0; from < resources.length; from += 50) {
    const entries = resources.slice(from, from + 50).map((resource): EntryToSend => {
      const url = `${String(resource['resourceType'])}/${String(resource['id'])}`;
      return { resource, request: { method: 'PUT', url } };
    });
    const reply = await send(server, 'batch', entries);
    const refused = (reply.json['entry'] as Json[])
      .map((entry) => JSON.stringify(entry))
      .filter((text) => !text.includes('"201 Created"'));
    assert.deepEqual(refused, []);
  }
});
after(() => (skip === false ? server.close() : undefined));

function put(resource: Json, id: string): Promise<Reply> {
  return server.write('PUT', `/${String(resource['resourceType'])}/${id}`, { ...resource, id });
}

const errorsOf = ({ json }: Reply): Finding[] =>
  ((json['issue'] ?? []) as Finding[]).filter(({ severity }) => severity === 'error');

test('its examples are stored as it says', { skip }, async () => {
  for (const [n, { file, valid, resource }] of nationalExamples().entries()) {
    const reply = await put(resource, `example-${n}`);
    assert.equal(reply.status, valid ? 201 : 422, `${file}: ${reply.text}`);
  }
});

test('every faulty variant is refused, at the element at fault', { skip }, async () => {
  const variants = nationalVariants();
  assert.equal(variants.length, 354);
  const missed: string[] = [];
  // All are validated without a server by packages/fhir-validation/test/national.test.ts.
  const tried = sampleOf(variants, 4, 20_261_129, ({ kind }) => kind);
  assert.ok(tried.length > 30, String(tried.length));
  for (const [n, variant] of tried.entries()) {
    const { resource, profile, kind, file } = variant;
    const claims =
      kind === 'unknown-profile' || kind.startsWith('transaction') ? resource : claiming(resource, profile);
    const reply = await put(claims, `variant-${n}`);
    const isCaught = reply.status === 422 && errorsOf(reply).some((finding) => isExpected(finding, variant));
    if (!isCaught) missed.push(`${file} ${reply.status} ${reply.text.slice(0, 500)}`);
  }
  assert.deepEqual(missed, []);
});

test(
  `all resources of ${patients} synthetic patients are stored, with no word against their identifiers and addresses`,
  { skip },
  async () => {
    const today = '2026-06-30';
    const refused: string[] = [];
    let count = 0;
    let chunk: EntryToSend[] = [];
    const flush = async (): Promise<void> => {
      const reply = await send(server, 'batch', chunk, { prefer: 'return=OperationOutcome' });
      for (const entry of reply.json['entry'] as Json[]) {
        const text = JSON.stringify(entry);
        if (!text.includes('"201 Created"') || text.includes('"national-')) refused.push(text.slice(0, 800));
      }
      count += chunk.length;
      chunk = [];
    };
    for (const resource of population({ patients, seed: 11, today })) {
      const { resourceType, id = '' } = resource;
      chunk.push({ resource: { ...resource }, request: { method: 'PUT', url: `${resourceType}/${id}` } });
      if (chunk.length === 250) await flush();
    }
    if (chunk.length > 0) await flush();
    assert.deepEqual(refused.slice(0, 3), [], `${refused.length} of ${count}`);
    assert.ok(count > 30 * patients, `${count}`);
  },
);

/** The resource with the profile added to the profiles that it claims. */
function claiming(resource: Json, profile: string): Json {
  const { profile: claimed = [], ...meta } = (resource['meta'] ?? {}) as { profile?: string[] };
  if (claimed.includes(profile)) return resource;
  return { ...resource, meta: { ...meta, profile: [...claimed, profile] } };
}

/** Whether a finding is at the element of the fault, or at an ancestor or descendant. */
function isExpected({ expression: [at = ''] }: Finding, { expect, kind }: Variant): boolean {
  const cast = at
    .replaceAll(/\.ofType\((\w)(\w*)\)/g, (_, first: string, rest: string) => first.toUpperCase() + rest)
    .replaceAll(/\[\d+\]/g, '');
  const wanted = expect.path.replaceAll(/\[(?:\d+|x)\]/g, '');
  if (kind === 'invariant' || kind.startsWith('transaction')) return cast.startsWith(wanted.split('.')[0]!);
  return cast.startsWith(wanted) || wanted.startsWith(cast);
}
