/**
 * The national package, installed into a running platform: the content of its value sets is computed here from the files of the packages
 * only, and compared with the server's answers over HTTP, in Uzbek, Russian and English.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Parameters, StructureDefinition, ValueSet, ValueSetExpansionContains } from '@dhp/fhir-model';
import { fhirAt, hasStatus, type Answer, type Ask } from './fhir.ts';
import {
  nationalArchive,
  openNational,
  skipNationalArchive,
  type Member,
  type National,
} from './national-value-sets.ts';
import { getToken, openHome, type Home } from './platform.ts';

const skip = skipNationalArchive;
let place: Home;
let ask: Ask;
let national: National;

before(async () => {
  if (skip !== false) return;
  national = openNational();
  place = await openHome({ begins: 'migrated', programs: 'kept', serves: 'sso,fhir' });
  const platform = await place.start();
  ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, platform.demo!, 'system/*.cruds'));
  const { packages } = await place.json<{ packages: { resources: number }[] }>(['package', 'install', nationalArchive]);
  assert.ok(packages.some(({ resources }) => resources > 500));
});
after(() => (skip === false ? place.close() : undefined));

/** Sent as Parameters. */
function put(path: string, values: Readonly<Record<string, string | number | boolean>>): Promise<Answer> {
  const parameter = Object.entries(values).map(([name, value]) => {
    if (typeof value === 'string') return { name, valueString: value };
    return typeof value === 'number' ? { name, valueInteger: value } : { name, valueBoolean: value };
  });
  return ask('POST', path, { resourceType: 'Parameters', parameter });
}

async function expansion(values: Readonly<Record<string, string | number | boolean>>): Promise<{
  total: number;
  contains: readonly ValueSetExpansionContains[];
}> {
  const answer = hasStatus(await put('ValueSet/$expand', { excludeNested: true, ...values }), 200);
  const { expansion: found } = answer.json() as unknown as ValueSet;
  return { total: found?.total ?? -1, contains: found?.contains ?? [] };
}

const keyOf = ({ system = '', code = '' }: { system?: string; code?: string }): string => `${system} ${code}`;

test(
  'every value set expands to what the package says, in three languages, or names what is not here',
  { skip },
  async (t) => {
    let [whole, named] = [0, 0];
    const translated: Record<string, number> = { uz: 0, ru: 0, en: 0 };
    for (const { url = '' } of national.valueSets) {
      const expected = national.membersOf(url);
      if ('unknown' in expected) {
        const answer = await put('ValueSet/$expand', { url, count: 10 });
        // Licensed systems are not in packages; systems defined by a grammar or by ISO are built in.
        if (answer.status === 200) continue;
        hasStatus(answer, 422);
        assert.ok(
          expected.unknown.some((system) => answer.text.includes(system)),
          `${url}: ${answer.text}`,
        );
        named += 1;
        continue;
      }
      for (const displayLanguage of ['uz', 'ru', 'en'] as const) {
        const contains: ValueSetExpansionContains[] = [];
        for (let offset = 0; offset === 0 || offset < expected.members.size; offset += 10_000) {
          const page = await expansion({ url, displayLanguage, offset, count: 10_000 });
          assert.equal(page.total, expected.members.size, url);
          contains.push(...page.contains);
        }
        assert.equal(contains.length, expected.members.size, url);
        assert.deepEqual(new Set(contains.map(keyOf)), new Set(expected.members.keys()), url);
        for (const { display = '', ...entry } of contains) {
          const names = namesIn(expected.members.get(keyOf(entry))!, displayLanguage);
          if (names.length === 0) continue;
          assert.ok(names.includes(display), `${url} ${keyOf(entry)} ${displayLanguage}: ${display}`);
          translated[displayLanguage]! += 1;
        }
      }
      whole += 1;
    }
    t.diagnostic(`${whole} value sets whole, ${named} name what is not here; names ${JSON.stringify(translated)}`);
    assert.ok(whole > 140);
    for (const count of Object.values(translated)) assert.ok(count > 5_000);
  },
);

function namesIn({ names }: Member, language: string): string[] {
  return names.filter((one) => one.language === language).map(({ value }) => value);
}

test('$validate-code answers on every value set that its profiles bind', { skip }, async (t) => {
  const bound = new Set(
    national.profiles.flatMap(({ snapshot }: StructureDefinition) =>
      (snapshot?.element ?? []).flatMap(({ binding }) => binding?.valueSet ?? []),
    ),
  );
  let [decided, named] = [0, 0];
  for (const url of bound) {
    const expected = national.membersOf(url);
    if ('unknown' in expected) {
      const answer = await put('ValueSet/$validate-code', { url, system: 'http://example.org/none', code: 'none' });
      const isNo = answer.status === 200 && resultOf(answer) === false;
      assert.ok(isNo || answer.status === 422, `${url}: ${answer.text}`);
      named += 1;
      continue;
    }
    const [first] = expected.members.keys();
    if (first === undefined) continue;
    const [system = '', code = ''] = first.split(' ');
    assert.equal(resultOf(await put('ValueSet/$validate-code', { url, system, code })), true, `${url} ${first}`);
    const wrong = await put('ValueSet/$validate-code', { url, system, code: 'no-such-code' });
    assert.equal(resultOf(wrong), false, url);
    decided += 1;
  }
  t.diagnostic(`${bound.size} bound: ${decided} decided, ${named} of systems that are grammars or not here`);
  assert.ok(decided > 250);
});

function resultOf(answer: Answer): boolean | undefined {
  const { parameter = [] } = hasStatus(answer, 200).json() as unknown as Parameters;
  return parameter.find(({ name }) => name === 'result')?.valueBoolean;
}

test('words of a filter find mahallas and forms of medicines in any language, page by page', { skip }, async () => {
  const base = 'https://terminology.dhp.uz/fhir/core/ValueSet/';
  for (const [name, filter, ...wanted] of [
    ['mahalla-vs', 'Navb', /(?<![\p{L}\p{N}])navb/u],
    ['mahalla-vs', 'mfy uzum', /(?<![\p{L}\p{N}])uzum/u, /(?<![\p{L}\p{N}])mfy/u],
    ['mahalla-vs', 'ПОСЕЛОК', /(?<![\p{L}\p{N}])пос[её]лок/u],
    ['medication-doseform-vs', 'аэрозоль', /(?<![\p{L}\p{N}])аэрозоль/u],
  ] as const) {
    const url = base + name;
    const expected = national.membersOf(url);
    assert.ok('members' in expected, url);
    const right = [...expected.members]
      .filter(([, { names }]) => {
        const text = names.map(({ value }) => value.toLowerCase()).join('\n');
        return wanted.every((word) => word.test(text));
      })
      .map(([key]) => key);
    assert.ok(right.length > 5, `${filter} ${right.length}`);
    const found: string[] = [];
    for (let offset = 0; ; offset += 20) {
      const page = await expansion({ url, filter, offset, count: 20, displayLanguage: 'ru' });
      assert.equal(page.total, right.length, filter);
      found.push(...page.contains.map(keyOf));
      if (page.contains.length < 20) break;
    }
    assert.deepEqual(found.sort(), right.sort(), filter);
  }
});
