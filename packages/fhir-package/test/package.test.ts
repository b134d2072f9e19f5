/** From bytes to resources: the content of a good package, and the refusal of bad ones. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'node:test';
import {
  builtInPackages,
  builtInVersion,
  candidateIds,
  chooseVersion,
  isIntact,
  PackageFault,
  packageOf,
  parseSpecifier,
  publishedPackage,
  readTarball,
  type FhirPackage,
  type PackageFaultKind,
} from '../src/index.ts';
import { manifest, tarball, valueSet, type Entry } from './tarball.ts';

async function read(entries: readonly Entry[]): Promise<FhirPackage> {
  return packageOf(await readTarball(await tarball(entries)));
}

function refuses(kind: PackageFaultKind, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PackageFault, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  };
}

describe('a package', () => {
  it('is the resources of its content folder, whatever else lies there', async () => {
    const { manifest: read1, resources } = await read([
      ['package/package.json', `\uFEFF${manifest}`],
      ['package/.index.json', '{"files":[{"filename":"ValueSet-b.json"}]}'],
      ['package/ValueSet-b.json', valueSet('b', { version: '3' })],
      ['package/CodeSystem-a.json', '{"resourceType":"CodeSystem","url":"http://example.org/a","status":"draft"}'],
      ['package/example/Patient-x.json', '{"resourceType":"Patient","id":"x"}'],
      ['package/other/spec.internals', 'x'],
      ['package/notes.json', '{"made":"by a tool"}'],
      ['package/patient.schema.json', '{"resourceType":"none"}'],
      ['package/readme.md', '# Words'],
    ]);
    assert.deepEqual([read1.name, read1.version, read1.fhirVersions], ['uz.example', '1.0.0', ['5.0.0']]);
    assert.deepEqual([...read1.dependencies], Object.entries({ 'hl7.fhir.r5.core': '5.0.0', 'uz.other': '2.x' }));
    assert.deepEqual(
      resources.map(({ file, type, id, url, version }) => ({ file, type, id, url, version })),
      [
        {
          file: 'CodeSystem-a.json',
          type: 'CodeSystem',
          id: undefined,
          url: 'http://example.org/a',
          version: undefined,
        },
        { file: 'ValueSet-b.json', type: 'ValueSet', id: 'b', url: 'http://example.org/b', version: '3' },
      ],
    );
    assert.equal(resources[1]!.source.text, valueSet('b', { version: '3' }), 'the text is kept as it is');
  });

  const bad: [string, Entry[], PackageFaultKind, RegExp][] = [
    ['no manifest', [['package/a.json', valueSet('a')]], 'not-a-package', /no package\.json/],
    ['a manifest in another place', [['package.json', manifest]], 'not-a-package', /no package\.json/],
    [
      'a manifest without a name',
      [['package/package.json', '{"version":"1"}']],
      'not-a-package',
      /name and the version/,
    ],
    ['a manifest that is no JSON', [['package/package.json', '{']], 'not-a-package', /not JSON/],
    [
      'another FHIR',
      [['package/package.json', '{"name":"a","version":"1.0.0","fhirVersions":["4.0.1"]}']],
      'other-version',
      /a@1\.0\.0 is for FHIR 4\.0\.1/,
    ],
    [
      'broken JSON',
      [
        ['package/package.json', manifest],
        ['package/x.json', '{"resourceType":"ValueSet",}'],
      ],
      'not-a-package',
      /x\.json is not good JSON/,
    ],
    [
      'a type that R5 does not have',
      [
        ['package/package.json', manifest],
        ['package/x.json', '{"resourceType":"Conformance"}'],
      ],
      'not-a-package',
      /x\.json holds a Conformance/,
    ],
    [
      'an id that is none',
      [
        ['package/package.json', manifest],
        ['package/x.json', valueSet('a b')],
      ],
      'not-a-package',
      /x\.json has the id "a b"/,
    ],
    [
      'a file that got lost',
      [
        ['package/package.json', manifest],
        ['package/.index.json', '{"files":[{"filename":"ValueSet-gone.json"}]}'],
      ],
      'not-a-package',
      /ValueSet-gone\.json, which is not in the package/,
    ],
  ];
  for (const [title, entries, kind, message] of bad) {
    it(`is refused with ${title}`, () => assert.rejects(read(entries), refuses(kind, message)));
  }
});

describe('a tarball', () => {
  it('that is none is refused', async () => {
    await assert.rejects(readTarball(Buffer.from('PK\u0003\u0004')), refuses('not-a-package', /not a gzipped tarball/));
    await assert.rejects(readTarball(gzipSync('no tar')), refuses('not-a-package', /not a gzipped tarball/));
    const cut = (await tarball([['package/package.json', manifest.padEnd(5000)]])).subarray(0, 100);
    await assert.rejects(readTarball(cut), refuses('not-a-package', /not a gzipped tarball/));
  });

  for (const path of ['package/../../etc/passwd', '/package/a.json', 'package\\..\\a.json', 'C:/package/a.json']) {
    it(`with the path ${path} is refused`, async () => {
      const bytes = await tarball([
        ['package/package.json', manifest],
        [path, valueSet('a')],
      ]);
      await assert.rejects(readTarball(bytes), refuses('hostile', /leads out of it/));
    });
  }

  for (const type of ['symlink', 'link'] as const) {
    it(`with a ${type} is refused`, async () => {
      const bytes = await tarball([['package/a.json', '', { type, linkname: '/etc/passwd' }]]);
      await assert.rejects(readTarball(bytes), refuses('hostile', /is a link/));
    });
  }

  it('that unpacks to more than the limits is refused, by files, by bytes, by entries, before it fills the memory', async () => {
    const bomb = await tarball([
      ['other/a', ' '.repeat(3_000_000)],
      ['other/b', ' '.repeat(3_000_000)],
      ['package/package.json', manifest],
    ]);
    const limits = { total: 10_000_000, file: 4_000_000, entries: 10 };
    assert.equal((await readTarball(bomb, limits)).length, 1);
    const refusals: [Partial<typeof limits>, RegExp][] = [
      [{ file: 2_000_000 }, /other\/a is larger than 2 MiB/],
      [{ total: 5_000_000 }, /unpacks to more than 5 MiB/],
      [{ entries: 2 }, /more than 2 entries/],
    ];
    for (const [limit, message] of refusals) {
      await assert.rejects(readTarball(bomb, { ...limits, ...limit }), refuses('hostile', message));
    }
    // Bytes behind the end of the archive are no entry, but cost memory.
    const tail = gzipSync(Buffer.concat([Buffer.alloc(1024), Buffer.alloc(12_000_000)]));
    await assert.rejects(readTarball(tail, limits), refuses('hostile', /unpacks to more than/));
  });
});

describe('names', () => {
  it('have a version behind @ or #, or none', () => {
    assert.deepEqual(parseSpecifier('hl7.fhir.uv.ips@2.0.0'), { name: 'hl7.fhir.uv.ips', version: '2.0.0' });
    assert.deepEqual(parseSpecifier('hl7.fhir.uv.ips#2.0.x'), { name: 'hl7.fhir.uv.ips', version: '2.0.x' });
    assert.deepEqual(parseSpecifier('hl7.fhir.uv.ips'), { name: 'hl7.fhir.uv.ips', version: undefined });
    for (const text of ['', '@1', 'a@', '../a@1', 'a/b', 'a@1/../2', 'a b', `${'a'.repeat(200)}@1`]) {
      assert.throws(() => parseSpecifier(text), refuses('bad-name', /is not/));
    }
  });

  it('of built-in packages carry the versions that their content was made from', () => {
    const { resolve } = createRequire(import.meta.url);
    for (const [name, version] of builtInPackages) {
      const text = readFileSync(resolve(`${name}/package.json`), 'utf8');
      assert.equal((JSON.parse(text) as { version: string }).version, version, name);
    }
    assert.equal(builtInVersion('hl7.terminology'), builtInVersion('hl7.terminology.r5'));
    assert.equal(builtInVersion('uz.example'), undefined);
  });
});

describe('a registry', () => {
  const published = publishedPackage({
    'dist-tags': { latest: '1.9.0' },
    versions: Object.fromEntries(
      ['1.9.0', '1.10.0', '1.10.1-ballot', '2.0.0-ballot', '2.0.0-cibuild'].map((version) => [
        version,
        { dist: { tarball: `http://127.0.0.1/${version}`, shasum: 'x' } },
      ]),
    ),
  });

  it('gives exactly the version asked for, the newest that fits, or the latest', () => {
    const chosen = (wanted?: string): string | undefined => chooseVersion(published, wanted)?.version;
    assert.deepEqual(
      [chosen(), chosen('latest'), chosen('1.10.0'), chosen('1.x'), chosen('1.10.x'), chosen('2.0.x'), chosen('3.0.0')],
      ['1.9.0', '1.9.0', '1.10.0', '1.10.0', '1.10.0', '2.0.0-cibuild', undefined],
    );
    assert.equal(chosen('2.0.0-ballot'), '2.0.0-ballot');
    assert.equal(chooseVersion({ ...published, latest: undefined }, undefined)?.version, '1.10.0');
  });

  it('that answers something else is told so', () => {
    for (const answer of [null, [], { error: 'none' }, 'x']) {
      assert.throws(() => publishedPackage(answer), refuses('not-found', /lists no versions/));
    }
  });

  it('states digests, of which the strongest counts', () => {
    const bytes = Buffer.from('a package');
    const digest = (algorithm: string, encoding: 'hex' | 'base64'): string =>
      createHash(algorithm).update(bytes).digest(encoding);
    assert.equal(isIntact(bytes, { shasum: digest('sha1', 'hex') }), true);
    assert.equal(isIntact(bytes, { shasum: '0'.repeat(40) }), false);
    assert.equal(isIntact(bytes, { integrity: `sha512-${digest('sha512', 'base64')}`, shasum: '0'.repeat(40) }), true);
    assert.equal(isIntact(bytes, { integrity: 'sha512-AAAA', shasum: digest('sha1', 'hex') }), false);
    assert.equal(isIntact(bytes, {}), undefined);
    assert.equal(isIntact(bytes, { shasum: 'none' }), undefined);
  });
});

describe('the ids of a resource', () => {
  const from = { name: 'uz.example', version: '1.0.0' };

  it('are its own, with its version, and one that is its alone', () => {
    const item = {
      file: 'x.json',
      type: 'ValueSet',
      id: 'organs',
      url: 'http://example.org/organs',
      version: '2.0.0+a b',
    };
    const [own, withVersion, ...alone] = candidateIds(from, item);
    assert.deepEqual([own, withVersion], ['organs', 'organs-2.0.0-a-b']);
    assert.deepEqual(candidateIds(from, item), [own, withVersion, ...alone], 'the same again');
    const later = candidateIds({ ...from, version: '1.0.1' }, item);
    assert.equal(alone.filter((id) => later.includes(id)).length, 0);
  });

  it('come from the url or the file where it has none, and are never too long', () => {
    const nameless = { type: 'ValueSet', id: undefined, version: undefined };
    assert.equal(candidateIds(from, { ...nameless, file: 'x.json', url: 'http://e.org/ValueSet/my_set' })[0], 'my-set');
    assert.equal(candidateIds(from, { ...nameless, file: 'ValueSet-q.json', url: undefined })[0], 'ValueSet-q');
    const long = candidateIds(from, { ...nameless, file: 'x.json', id: 'a'.repeat(64), url: undefined });
    assert.ok(long.length >= 3 && long.every((id) => /^[A-Za-z0-9.-]{1,64}$/.test(id)), String(long));
  });
});

it('the topics of the platform are a package of this FHIR, each found by its canonical', () => {
  const folder = new URL('../../../deploy/topics/', import.meta.url);
  const files = readdirSync(folder).map((name) => ({ name, bytes: readFileSync(new URL(name, folder)) }));
  const { manifest: found, resources } = packageOf(files);
  assert.deepEqual([found.name, found.fhirVersions, resources.length], ['uz.dhp.topics', ['5.0.0'], 6]);
  for (const { resource } of resources)
    assert.equal(resource['url'], `${found.canonical!}/SubscriptionTopic/${String(resource['id'])}`);
});
