/** A playground that has the national package from its first start, from a file and without a registry. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { nationalResources, skipNational } from '../packages/fhir-validation/test/national.ts';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { getToken, openHome, type Home } from './platform.ts';

const tarball = fileURLToPath(new URL('../../shared/uz-core/uz.dhp.core-0.7.0.tgz', import.meta.url));
const skip = skipNational;

let place: Home;
let ask: Ask;
before(async () => {
  if (skip !== false) return;
  // Nothing listens at this port: resources missing in the file are not available anywhere.
  const offline = { DHP_PACKAGES: tarball, DHP_PACKAGE_SERVERS: 'http://127.0.0.1:9' };
  place = await openHome({
    begins: 'migrated',
    programs: 'kept',
    serves: 'sso,fhir',
    environment: { ...offline, DHP_SEED_PATIENTS: '2' },
  });
  const { urls, demo } = await place.start();
  ask = fhirAt(urls.playground, await getToken(urls.sso, demo!, 'system/*.cruds'));
});
after(() => (skip === false ? place.close() : undefined));

interface Statement {
  readonly implementationGuide: readonly string[];
  readonly rest: readonly [{ readonly resource: readonly { type: string; supportedProfile?: readonly string[] }[] }];
}

interface Resource {
  readonly id: string;
  readonly resourceType: string;
  readonly meta: { readonly profile?: readonly string[] };
}

test('the synthetic population claims the profiles that are declared, and meets them', { skip }, async () => {
  const { implementationGuide, rest } = hasStatus(await ask('GET', 'metadata'), 200).json() as unknown as Statement;
  assert.deepEqual(implementationGuide, ['https://dhp.uz/fhir/core/ImplementationGuide/uz.dhp.core|0.7.0']);
  const supported = new Map(rest[0].resource.map(({ type, supportedProfile = [] }) => [type, supportedProfile]));
  const expected = [...nationalResources()].filter(({ resourceType, kind, derivation, abstract }) => {
    return resourceType === 'StructureDefinition' && kind === 'resource' && derivation === 'constraint' && !abstract;
  });
  // Groups by characteristic have a profile of the guide for bulk data, which is no national one.
  const cohort = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/bulk-cohort-group';
  assert.deepEqual([...supported.values()].flat().sort(), [cohort, ...expected.map(({ url }) => String(url))].sort());
  assert.ok(expected.length > 20, String(expected.length));
  assert.ok(
    supported.get('Patient')?.some((url) => url.endsWith('/uz-core-patient')),
    String(supported.get('Patient')),
  );

  const checked: string[] = [];
  for (const [type, profiles] of supported) {
    // Records of events need a scope that includes them, and the population has none.
    if (profiles.length === 0 || type === 'AuditEvent' || type === 'Provenance') continue;
    const { entry = [] } = hasStatus(await ask('GET', `${type}?_count=5`), 200).json() as {
      entry?: { resource: Resource }[];
    };
    for (const { resource } of entry) {
      const name = `${type}/${resource.id}`;
      const { profile = [] } = resource.meta;
      assert.ok(
        profile.some((url) => profiles.includes(url)),
        `${name} claims ${profile.join(', ')}`,
      );
      const { issue } = hasStatus(await ask('POST', `${type}/$validate`, resource), 200).json() as {
        issue: { severity: string; diagnostics?: string }[];
      };
      const errors = issue.filter(({ severity }) => severity === 'error' || severity === 'fatal');
      assert.deepEqual(errors, [], name);
      checked.push(type);
    }
  }
  const types = new Set(checked);
  for (const type of ['Patient', 'Practitioner', 'Organization', 'Encounter', 'Observation', 'Condition'])
    assert.ok(types.has(type), `${type} is not among ${[...types].join(', ')}`);
});
