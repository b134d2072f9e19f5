/** `DHP_PACKAGES`: the packages that an environment has from its first start, also if that start was killed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { launch } from './processes.ts';
import { openRegistry, packageTarball, type Registry } from './registry.ts';

const dhp = fileURLToPath(new URL('../apps/dhp/src/main.ts', import.meta.url));
/** So many that their installation needs several transactions. */
const many = 1_500;
const large = { name: 'uz.example.large', version: '1.0.0', dependencies: { 'uz.example.base': '1.0.0' } };
const base = { name: 'uz.example.base', version: '1.0.0' };

let registry: Registry;
let place: Home;

before(async () => {
  registry = await openRegistry();
  const codeSystem = (name: string): Record<string, unknown> & { resourceType: string } => ({
    ...{ resourceType: 'CodeSystem', id: name, url: `http://example.org/${name}`, status: 'active' },
    ...{ content: 'complete', concept: [{ code: 'a', display: name }] },
  });
  registry.publish(base, packageTarball(base, [codeSystem('base')]));
  const all = Array.from({ length: many }, (_, n) => codeSystem(`large-${n}`));
  registry.publish(large, packageTarball(large, all));
  place = await openHome({
    serves: 'sso,fhir',
    programs: 'kept',
    environment: { DHP_PACKAGE_SERVERS: registry.url, DHP_PACKAGES: 'uz.example.large@1.0.0, hl7.terminology.r5' },
  });
});
after(async () => {
  await place.close();
  await registry.close();
});

interface Listed {
  readonly packages: readonly { name: string; resources: number; complete: boolean; installed_by: string }[];
}

const asker = async ({ urls, demo }: Platform): Promise<Ask> =>
  fhirAt(urls.playground, await getToken(urls.sso, demo!, 'system/*.cruds'));

test('a first start that is killed in the middle of an installation is completed by the next', async () => {
  const killed = launch(join(place.data, '..'), [dhp, 'start', '--json'], place.environment);
  while (!/uz\.example\.large@1\.0\.0: \d0 %/.test(killed.stderr())) {
    assert.equal(killed.child.exitCode, null, killed.stderr());
    await delay(5);
  }
  await killed.end('SIGKILL');
  assert.equal(killed.stdout(), '', 'it was not ready yet');

  const platform = await place.start();
  const ask = await asker(platform);
  const bundle = hasStatus(await ask('GET', 'CodeSystem?_total=accurate&_count=1'), 200).json();
  assert.equal(bundle['total'], many + 1);
  const history = hasStatus(await ask('GET', 'CodeSystem/_history?_count=1000'), 200).json() as {
    entry: { resource: { meta: { versionId: string } } }[];
  };
  assert.ok(
    history.entry.every(({ resource }) => resource.meta.versionId === '1'),
    'nothing was stored twice',
  );
  const last = `CodeSystem/$lookup?system=http://example.org/large-${many - 1}&code=a`;
  hasStatus(await ask('GET', last), 200);
  const { packages } = await place.json<Listed>(['package', 'list']);
  assert.deepEqual(
    packages.map(({ name, resources, complete, installed_by }) => [name, resources, complete, installed_by]),
    [
      ['uz.example.base', 1, true, 'start'],
      ['uz.example.large', many, true, 'start'],
    ],
  );
  await platform.end('SIGTERM');
});

test('the next start finds it there, and asks no registry', async () => {
  const asked = registry.asked.length;
  const platform = await place.start();
  assert.equal(registry.asked.length, asked);
  await platform.end('SIGTERM');
});

test('a package that cannot be had ends the start with a sentence', async () => {
  const { code, stdout, stderr } = await place.run(['start', '--json'], { DHP_PACKAGES: 'uz.example.nowhere@1.0.0' });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /uz\.example\.nowhere/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});
