/** `dhp terminology import` with a platform that runs: a release becomes a code system that it reads within a second. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { fhirAt, hasStatus, versionOf, type Ask } from './fhir.ts';
import { getToken, openHome, type Home } from './platform.ts';
import { loinc as fullLoinc, loincAccessories, relatedSnomed } from '../packages/terminology-release/test/samples.ts';
import { zipOf } from './zip.ts';

interface Imported {
  readonly id: string;
  readonly url: string;
  readonly version: string;
  readonly concepts: number;
  readonly outcome: string;
}

let place: Home;
let ask: Ask;

before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir', programs: 'kept' });
  const platform = await place.start();
  ask = fhirAt(
    platform.urls.playground,
    await getToken(platform.urls.sso, platform.demo!, 'system/*.cruds system/Provenance.rs'),
  );
});
after(() => place.close());

const importing = (...words: string[]): Promise<Imported> => place.json(['terminology', 'import', ...words]);

async function inPlace(path: string, content: string | Buffer): Promise<string> {
  const file = join(place.data, 'releases', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

const loinc = (name: string): Readonly<Record<string, string>> => ({
  'LoincTable/Loinc.csv': `"LOINC_NUM","COMPONENT","STATUS","LONG_COMMON_NAME"\n"00001-0","Blueness","ACTIVE","${name}"\n`,
  'AccessoryFiles/LinguisticVariants/LinguisticVariants.csv': '"ID","ISO_LANGUAGE","ISO_COUNTRY"\n"22","ru","RU"\n',
  'AccessoryFiles/LinguisticVariants/ruRU22LinguisticVariant.csv':
    '"LOINC_NUM","COMPONENT","LinguisticVariantDisplayName"\n"00001-0","Синева","Синева в крови"\n',
});

/** The targets of each Provenance about a resource; it states who imported it and from which release. */
async function provenance(reference: string): Promise<string[][]> {
  const bundle = hasStatus(await ask('GET', `Provenance?target=${reference}`), 200).json();
  const found = ((bundle['entry'] ?? []) as { resource: Record<string, unknown> }[]).map(({ resource }) => resource);
  for (const { entity, agent } of found) {
    assert.match(JSON.stringify(entity), /"value":"http:\/\/loinc\.org\|2\.80"/);
    assert.match(JSON.stringify(agent), /"value":"cli:/);
  }
  return found.map(({ target }) => (target as { reference: string }[]).map((one) => one.reference)).sort();
}

describe('a release archive', () => {
  it('becomes a code system that is found by its canonical, and again without a new version', async () => {
    const archive = await inPlace('Loinc_2.80.zip', zipOf(loinc('Blueness in Blood')));
    const first = await importing('loinc', archive);
    assert.deepEqual(
      [first.id, first.url, first.version, first.concepts, first.outcome],
      ['loinc-2.80', 'http://loinc.org', '2.80', 1, 'created'],
    );
    const bundle = hasStatus(await ask('GET', 'CodeSystem?url=http://loinc.org&version=2.80'), 200).json();
    assert.equal((bundle['entry'] as unknown[]).length, 1);
    assert.match((await ask('GET', 'CodeSystem/loinc-2.80')).text, /Синева в крови/);
    assert.equal((await importing('loinc', archive)).outcome, 'unchanged');
    assert.equal(versionOf(await ask('GET', 'CodeSystem/loinc-2.80')), 1);
    assert.deepEqual(await provenance('CodeSystem/loinc-2.80'), [['CodeSystem/loinc-2.80/_history/1']]);
  });

  it('of another content is a new version of it, of another release another code system', async () => {
    const archive = await inPlace('again/Loinc_2.80.zip', zipOf(loinc('Blueness, corrected')));
    assert.equal((await importing('loinc', archive)).outcome, 'updated');
    assert.deepEqual(await provenance('CodeSystem/loinc-2.80'), [
      ['CodeSystem/loinc-2.80/_history/1'],
      ['CodeSystem/loinc-2.80/_history/2'],
    ]);
    assert.equal((await importing('loinc', archive, '--release', '2.81')).outcome, 'created');
    const bundle = hasStatus(await ask('GET', 'CodeSystem?url=http://loinc.org'), 200).json();
    assert.equal((bundle['entry'] as unknown[]).length, 2);
  });

  it('does not take the place of another resource', async () => {
    const own = {
      resourceType: 'CodeSystem',
      id: 'loinc-9.9',
      url: 'http://example.org/own',
      status: 'active',
      content: 'complete',
    };
    hasStatus(await ask('PUT', 'CodeSystem/loinc-9.9', own), 201);
    const archive = await inPlace('Loinc_9.9.zip', zipOf(loinc('x')));
    const { code, stderr } = await place.run(['terminology', 'import', 'loinc', archive]);
    assert.equal(code, 1);
    assert.match(stderr, /CodeSystem\/loinc-9\.9 is another code system, http:\/\/example\.org\/own/);
  });
});

describe('what a release says of its codes beside their names', () => {
  const codesOf = async (url: string): Promise<string[]> => {
    const expand = () => ask('GET', `ValueSet/$expand?url=${encodeURIComponent(url)}`);
    let answer = await expand();
    // A server notices an import by a command with a delay.
    for (const until = performance.now() + 30_000; answer.status === 422 && performance.now() < until;) {
      await delay(50);
      answer = await expand();
    }
    const reply = hasStatus(answer, 200).json();
    const { contains = [] } = reply['expansion'] as { contains?: { code: string }[] };
    return contains.map(({ code }) => code);
  };

  it('is asked for: expression constraints and reference sets of SNOMED CT', async () => {
    const { concepts } = await importing('snomed', await inPlace('sct.zip', zipOf(relatedSnomed)));
    assert.equal(concepts, 18);
    const sct = 'http://snomed.info/sct?fhir_vs=';
    assert.deepEqual(await codesOf(`${sct}ecl/${encodeURIComponent('< 30: { 40 = 11, 41 = 22 }')}`), ['33']);
    assert.deepEqual(await codesOf(`${sct}ecl/(< 30 : 40 = << 10) MINUS ^ 50`), ['32']);
    assert.deepEqual(await codesOf(`${sct}ecl/* : 42 > #1`), ['34']);
    assert.deepEqual(await codesOf(`${sct}refset`), ['50']);
    assert.deepEqual(await codesOf(`${sct}refset/50`), ['31', '33']);
    const url = encodeURIComponent(`${sct}ecl/< 30 : R 40 = 11`);
    const refused = hasStatus(await ask('GET', `ValueSet/$expand?url=${url}`), 400);
    assert.match(refused.text, /at character 8: \\"R 40 = 11\\"/);
  });

  it('is asked for: parts and answer lists of LOINC', async () => {
    const files = { ...fullLoinc, ...loincAccessories };
    await importing('loinc', await inPlace('full/Loinc_2.90.zip', zipOf(files)));
    assert.deepEqual(await codesOf('http://loinc.org/vs/LL1-9'), ['LA1-6', 'LA2-4']);
    assert.deepEqual(await codesOf('http://loinc.org/vs/LP1-1|2.90'), ['LP1-1']);
  });
});

describe('other places of a release', () => {
  it('are a folder and a single file', async () => {
    const folder = join(place.data, 'releases', 'folder');
    for (const [path, text] of Object.entries(loinc('Folder'))) await inPlace(join('folder', path), text);
    assert.equal((await importing('loinc', folder, '--release', '2.82')).concepts, 1);
    const table = await inPlace('mkb.tsv', 'code\ttitle\ttitle_uz\nX00\tCough\tYoʻtal\nX00.1\tCough, mild\t\n');
    const { id, concepts } = await importing('icd-10', table, '--release', '2019');
    assert.deepEqual([id, concepts], ['icd-10-2019', 2]);
    assert.match((await ask('GET', 'CodeSystem/icd-10-2019')).text, /Yoʻtal/);
  });
});

describe('the command line', () => {
  it('tells mistakes in a sentence', async () => {
    const words = await inPlace('words.zip', 'no archive');
    const empty = await inPlace('empty.zip', zipOf({ 'readme.txt': 'x' }));
    const mistakes: [string[], number, RegExp][] = [
      [['loinc'], 2, /wants KIND PATH/],
      [['icd-9', words], 2, /the kinds are icd-10, icd-11, loinc, snomed/],
      [['loinc', './no-such.zip'], 1, /There is no file or folder/],
      [['loinc', words], 1, /words\.zip is not a zip archive/],
      [['snomed', empty], 1, /empty\.zip has no Snapshot\/Terminology\/sct2_Concept_Snapshot/],
    ];
    for (const [given, code, sentence] of mistakes) {
      const outcome = await place.run(['terminology', 'import', ...given]);
      assert.equal(outcome.code, code, `${given.join(' ')}: ${outcome.stderr}`);
      assert.match(outcome.stderr, sentence);
      assert.doesNotMatch(outcome.stderr, /\n\s+at /, 'a sentence, no stack');
    }
  });
});
