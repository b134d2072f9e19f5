/**
 * Topics and filters judge a change as searches do: states of resources are stored, each criterion is asked of the server as a search, and every
 * verdict on every pair of states is compared with what follows from that by the table of R5.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { randomSource, type Random } from '../../../tests/random.ts';
import { isFull } from '../../../tests/sample.ts';
import { changeOf, type TopicChange } from '../src/topics/change.ts';
import { compileTopic } from '../src/topics/compile.ts';
import { compileFilters, keysOfChange, meetsFilters } from '../src/topics/filters.ts';
import { fires } from '../src/topics/fires.ts';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

const reading = { timeZone: 'Asia/Tashkent', ownBases: [baseUrl] };
const seed = Number(process.env['TOPICS_SEED'] ?? 11);
const rounds = isFull ? 5_000 : 600;

type Resource = JsonResource & { readonly id: string };

let server: TestServer;
/** For each type its states. */
const states: Record<string, Resource[]> = { Observation: [], Patient: [] };
/** For each type and criterion the ids of states that a search by it finds. */
const meeting = new Map<string, ReadonlySet<string>>();

const codes = ['1234-5', '777-3'];
const ucum = 'http://unitsofmeasure.org';
const category = 'http://terminology.hl7.org/CodeSystem/observation-category';

function observation(random: Random, n: number): Resource {
  const maybe = <T extends object>(more: T): T | object => (random.oneIn(3) ? {} : more);
  const unit = random.pick([
    { system: ucum, code: 'mg/dL' },
    { system: ucum, code: 'g/L' },
    { unit: 'mg' },
    { system: 'urn:u', code: 'mg' },
    {},
  ]);
  const quantity = { valueQuantity: { value: random.pick([5, 5.4, 54, 0.5, 100]), ...unit } };
  const value = random.pick([
    quantity,
    quantity,
    { valueQuantity: { value: random.pick([5, 5.4, 54, 0.5, 100]), ...unit } },
    { valueQuantity: { value: 5, comparator: '>', ...unit } },
    { valueString: random.pick(['high', 'Juda baland']) },
    { valueCodeableConcept: { coding: [{ system: 'urn:v', code: 'high' }], text: 'High value' } },
    { valueInteger: 5 },
  ]);
  return {
    ...{ resourceType: 'Observation', id: `o${n}`, status: random.pick(['preliminary', 'final', 'amended']) },
    code: {
      coding: [
        {
          system: random.pick(['http://loinc.org', 'urn:other']),
          code: random.pick(codes),
          display: random.pick(['Glucose in blood', 'Sodium']),
        },
      ],
    },
    ...maybe({ category: [{ coding: [{ system: category, code: random.pick(['laboratory', 'vital-signs']) }] }] }),
    ...maybe({
      subject: random.pick([
        { reference: 'Patient/p0' },
        { reference: `${baseUrl}/Patient/p1` },
        { identifier: { system: 'urn:i', value: '7' }, display: 'Karimova' },
      ]),
    }),
    ...maybe({ effectiveDateTime: random.pick(['2026-11-25', '2026-11-25T09:30:00+05:00', '2026-11', '2025']) }),
    ...maybe({ effectivePeriod: { start: '2026-11-20', end: '2026-11-26' } }),
    ...maybe({
      identifier: [
        { system: 'urn:i', value: random.pick(['1', '2']), type: { coding: [{ system: 'urn:t', code: 'MR' }] } },
      ],
    }),
    ...maybe({ meta: { tag: [{ system: 'urn:tag', code: 'urgent' }], profile: ['http://example.uz/p'] } }),
    ...maybe({ component: [{ code: { coding: [{ code: 'c1' }] }, valueQuantity: { value: 7, ...unit } }] }),
    ...value,
  };
}

function person(random: Random, n: number): Resource {
  return {
    ...{ resourceType: 'Patient', id: `p${n}` },
    name: [
      { family: random.pick(['Karimova', 'Каримова', 'karim', 'Usmonov']), given: [random.pick(['Aziza', 'Oʻktam'])] },
    ],
    ...(random.oneIn(2) ? { birthDate: random.pick(['1990-05-14', '1990', '2011-02']) } : {}),
    ...(random.oneIn(2) ? { gender: random.pick(['female', 'male']) } : {}),
    ...(random.oneIn(2) ? { deceasedBoolean: random.oneIn(2) } : {}),
    ...(random.oneIn(2) ? { telecom: [{ system: 'phone', value: '+998901234567' }] } : {}),
    ...(random.oneIn(2) ? { address: [{ city: random.pick(['Toshkent', 'Samarqand']) }] } : {}),
  };
}

/** Searches, and of some the same as FHIRPath of one state. */
const criteria: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  Observation: {
    'status=final': "STATE.status = 'final'",
    'status=final,amended': "STATE.status in ('final' | 'amended')",
    'status:not=final': "STATE.exists() and STATE.status != 'final'",
    'code=http://loinc.org|1234-5': "STATE.code.coding.where(system = 'http://loinc.org' and code = '1234-5').exists()",
    'code=1234-5': "STATE.code.coding.where(code = '1234-5').exists()",
    'code=urn:other|': undefined,
    'code:text=glu': undefined,
    'code:text-advanced=blood': undefined,
    'code:code-text=12': undefined,
    'code:not=777-3': undefined,
    'category=laboratory': "STATE.category.coding.where(code = 'laboratory').exists()",
    'category:missing=true': 'STATE.exists() and STATE.category.empty()',
    'category:missing=false': 'STATE.category.exists()',
    'subject=Patient/p0': undefined,
    'subject=p0': undefined,
    'subject:Patient=p1': undefined,
    'patient=p1,p0': undefined,
    [`subject=${baseUrl}/Patient/p1`]: undefined,
    'subject:identifier=urn:i|7': undefined,
    'subject:text=kar': undefined,
    'subject:missing=true': 'STATE.exists() and STATE.subject.empty()',
    'date=2026-11-25': undefined,
    'date=ge2026-11-21': undefined,
    'date=lt2026': undefined,
    'date=sa2026-11-20': undefined,
    'date=eb2026-12': undefined,
    'date=ne2026-11-25': undefined,
    'date:missing=true': undefined,
    'value-quantity=5': undefined,
    'value-quantity=gt5': undefined,
    'value-quantity=ge5.4||mg': undefined,
    [`value-quantity=54|${ucum}|mg/dL`]: undefined,
    [`value-quantity=lt1|${ucum}|g/L`]: undefined,
    [`value-quantity=gt50|${ucum}|mg/dL`]: undefined,
    'value-quantity=le5||mg/dL': undefined,
    'value-quantity=ap5.2': undefined,
    'value-quantity=ne5': undefined,
    'value-quantity:missing=true': undefined,
    'component-value-quantity=7': undefined,
    'combo-value-quantity=7,5': undefined,
    'value-concept=urn:v|high':
      "(STATE.value as CodeableConcept).coding.where(system = 'urn:v' and code = 'high').exists()",
    'identifier=urn:i|1': undefined,
    'identifier:of-type=urn:t|MR|2': undefined,
    '_tag=urn:tag|urgent': "STATE.meta.tag.where(code = 'urgent').exists()",
    '_profile=http://example.uz/p': undefined,
    '_profile:below=http://example.uz/p': undefined,
    '_filter=status eq final and code eq "777-3"': undefined,
    'status=final&category=laboratory': undefined,
    'status:not=final&date=ge2026&code=1234-5,777-3': undefined,
  },
  Patient: {
    'family=kar': undefined,
    'name=каримова': undefined,
    'name:exact=Karimova': undefined,
    'name:contains=rim': undefined,
    'given=oʻktam': undefined,
    'phonetic=Karimova': undefined,
    'birthdate=1990': undefined,
    'birthdate=le1990-05-14': undefined,
    'birthdate:missing=true': 'STATE.exists() and STATE.birthDate.empty()',
    'gender=female': "STATE.gender = 'female'",
    'gender:not=female': undefined,
    'deceased=true': undefined,
    'phone=+998901234567': undefined,
    'telecom=+998901234567': undefined,
    'address-city=tosh': undefined,
    'address:contains=qand': undefined,
    'active:missing=true': undefined,
  },
};

before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  const random = randomSource(seed, 0);
  for (let n = 0; n < 60; n += 1) states['Observation']!.push(observation(random, n));
  for (let n = 0; n < 24; n += 1) states['Patient']!.push(person(random, n));
  for (const those of Object.values(states)) await put(server, ...those);
  for (const [type, all] of Object.entries(criteria)) {
    for (const criterion of Object.keys(all)) {
      const query = criterion
        .split('&')
        .map((pair) => pair.replace(/=(.*)$/s, (_, value: string) => `=${encodeURIComponent(value)}`))
        .join('&');
      const ids = await found(server, `/${type}?${query}&_count=1000`);
      meeting.set(`${type}?${criterion}`, new Set(ids.map((id) => id.split('/')[1]!)));
    }
  }
});
after(() => server.close());

/** Percent-encoded as a topic has it: a plus sign and the like are themselves. */
const written = (criterion: string): string => criterion.replaceAll('+', '%2B');

interface Change {
  readonly previous: Resource | undefined;
  readonly current: Resource | undefined;
  readonly change: TopicChange;
}

/** One resource that goes from a state into another one, from none or into none. */
function changeIn(random: Random, type: string): Change {
  const all = states[type]!;
  const kind = random.pick(['create', 'update', 'update', 'update', 'delete']);
  const previous = kind === 'create' ? undefined : random.pick(all);
  const current = kind === 'delete' ? undefined : random.pick(all);
  const change = changeOf(
    {
      ...{ type, id: 'x', versionId: kind === 'create' ? 1 : 2, lastUpdated: new Date(), isNew: kind === 'create' },
      ...{ deleted: kind === 'delete', previous, current },
    },
    reading,
  );
  return { previous, current, change };
}

const isMet = (type: string, criterion: string, state: Resource): boolean =>
  meeting.get(`${type}?${criterion}`)!.has(state.id);

describe('a topic', () => {
  it('compares with searches of which nearly all find some and not all', () => {
    const idle = [...meeting].filter(([name, { size }]) => size === 0 || size === states[name.split('?')[0]!]!.length);
    assert.ok(idle.length <= 3, idle.map(([name, { size }]) => `${name} finds ${size}`).join('; '));
  });

  it('fires where the searches and the table of R5 say so', () => {
    const random = randomSource(seed, 1);
    let fired = 0;
    for (let round = 0; round < rounds; round += 1) {
      const type = random.pick(['Observation', 'Observation', 'Patient']);
      const names = Object.keys(criteria[type]!);
      const [previous, current] = [random.oneIn(4) ? undefined : random.pick(names), random.pick(names)];
      const withPath = names.filter((name) => criteria[type]![name] !== undefined);
      const path = random.oneIn(2)
        ? undefined
        : { of: random.pick(['previous', 'current']), name: random.pick(withPath) };
      const options = {
        requireBoth: random.pick([true, false, undefined]),
        resultForCreate: random.pick(['test-passes', 'test-fails', undefined]),
        resultForDelete: random.pick(['test-passes', 'test-fails', undefined]),
      };
      const interactions = random.pick([undefined, ['create'], ['update'], ['delete'], ['create', 'update']]);
      const compiled = compileTopic(
        {
          url: 'urn:t',
          resourceTrigger: [
            {
              ...{ resource: type, ...(interactions && { supportedInteraction: interactions }) },
              queryCriteria: {
                ...(previous && { previous: written(previous) }),
                current: written(current),
                ...options,
              },
              ...(path && { fhirPathCriteria: criteria[type]![path.name]!.replaceAll('STATE', `%${path.of}`) }),
            },
          ],
        },
        reading,
      );
      assert.ok('topic' in compiled, JSON.stringify(compiled));
      const { previous: before, current: behind, change } = changeIn(random, type);
      const results = [
        ...(previous === undefined
          ? []
          : [before === undefined ? options.resultForCreate === 'test-passes' : isMet(type, previous, before)]),
        behind === undefined ? options.resultForDelete === 'test-passes' : isMet(type, current, behind),
      ];
      const state = path?.of === 'previous' ? before : behind;
      const wanted =
        (interactions ?? ['create', 'update', 'delete']).includes(change.interaction) &&
        (options.requireBoth === true ? !results.includes(false) : results.includes(true)) &&
        (path === undefined || (state !== undefined && isMet(type, path.name, state)));
      const verdict = fires(compiled.topic, change);
      const told = JSON.stringify({ round, previous, current, options, interactions, path, before, behind });
      assert.deepEqual([verdict.trigger, verdict.failure], [wanted ? 0 : undefined, undefined], told);
      if (wanted) fired += 1;
    }
    assert.ok(fired > rounds / 10 && fired < (9 * rounds) / 10, `${fired} of ${rounds} fired`);
  });

  it('narrowed by filters, all of which must be met, is found by the keys of a change', () => {
    const random = randomSource(seed, 2);
    let [met, keyed] = [0, 0];
    for (let round = 0; round < rounds; round += 1) {
      const type = random.pick(['Observation', 'Observation', 'Patient']);
      const one = (): string => random.pick(Object.keys(criteria[type]!).filter((name) => !/^_filter|&/.test(name)));
      const chosen = [one(), ...(random.oneIn(2) ? [one()] : [])];
      const parts = chosen.map((criterion) => {
        const [, parameter = '', modifier, prefix, value = ''] =
          /^([\w-]+)(?::([\w-]+))?=(ge|gt|le|lt|ne|sa|eb|ap)?(.*)$/s.exec(criterion)!;
        const isOfType = modifier === 'Patient';
        const isPrefixed = random.oneIn(2);
        return {
          offered: {
            filterParameter: parameter,
            ...(prefix && { comparator: [prefix] }),
            ...(modifier && { modifier: [isOfType ? 'type' : modifier] }),
          },
          filter: {
            filterParameter: parameter,
            ...(modifier && { modifier: isOfType ? 'type' : modifier }),
            ...(prefix && !isPrefixed && { comparator: prefix }),
            value: `${isPrefixed ? (prefix ?? '') : ''}${isOfType ? `Patient/${value}` : value}`,
          },
        };
      });
      const offered = new Map<string, { filterParameter: string; comparator: string[]; modifier: string[] }>();
      for (const { offered: each } of parts) {
        const { filterParameter, comparator = [], modifier = [] } = each;
        const before = offered.get(filterParameter) ?? { filterParameter, comparator: [], modifier: [] };
        offered.set(filterParameter, {
          filterParameter,
          comparator: [...before.comparator, ...comparator],
          modifier: [...before.modifier, ...modifier],
        });
      }
      const compiled = compileTopic(
        { url: 'urn:t', resourceTrigger: [{ resource: type }], canFilterBy: [...offered.values()] },
        reading,
      );
      assert.ok('topic' in compiled, `${chosen.join(' and ')}: ${JSON.stringify(compiled)}`);
      const read = compileFilters(
        compiled.topic,
        parts.map(({ filter }) => filter),
        reading,
      );
      assert.ok('filters' in read, `${chosen.join(' and ')}: ${JSON.stringify(read)}`);
      const { previous, current, change } = changeIn(random, type);
      const state = current ?? previous!;
      const wanted = chosen.every((criterion) => isMet(type, criterion, state));
      assert.equal(meetsFilters(read.filters, change), wanted, JSON.stringify({ round, chosen, state }));
      const { keys } = read.filters.byType.get(type)!;
      if (wanted) met += 1;
      if (keys === undefined) continue;
      keyed += 1;
      const own = keysOfChange(change);
      assert.ok(!wanted || keys.some((key) => own.has(key)), JSON.stringify({ round, chosen, state }));
    }
    assert.ok(met > rounds / 20 && keyed > rounds / 5, `${met} met, ${keyed} with keys, of ${rounds}`);
  });
});

describe('the filters of a subscription', () => {
  const compiled = compileTopic(
    {
      url: 'urn:t',
      resourceTrigger: [{ resource: 'Observation' }, { resource: 'Patient' }],
      canFilterBy: [
        { resource: 'Observation', filterParameter: 'patient', modifier: ['type', 'identifier'] },
        {
          resource: 'Observation',
          filterParameter: 'when',
          filterDefinition: 'http://hl7.org/fhir/SearchParameter/clinical-date',
          comparator: ['ge'],
        },
        { resource: 'Patient', filterParameter: 'gender' },
        { filterParameter: '_id' },
      ],
    },
    reading,
  );
  assert.ok('topic' in compiled, JSON.stringify(compiled));
  const { topic } = compiled;

  it('are refused by name where the topic does not offer them', () => {
    const cases: readonly (readonly [filter: object, place: string, told: RegExp])[] = [
      [
        { filterParameter: 'status', value: 'final' },
        'filterParameter',
        /\(patient, when, gender, _id\), not "status"/,
      ],
      [{ value: 'final' }, 'filterParameter', /not nothing/],
      [{ resourceType: 'Patient', filterParameter: 'patient', value: 'x' }, 'filterParameter', /\(gender, _id\)/],
      [
        { resourceType: 'Encounter', filterParameter: '_id', value: 'x' },
        'resourceType',
        /\(Observation, Patient\), not Encounter/,
      ],
      [{ resourceType: 'Visit', filterParameter: '_id', value: 'x' }, 'resourceType', /a resource type of R5/],
      [{ filterParameter: 'patient' }, 'value', /a value/],
      [{ filterParameter: 'patient', value: '' }, 'value', /a value/],
      [{ filterParameter: 'patient', value: ',' }, 'value', /a value for patient/],
      [
        { filterParameter: 'patient', modifier: 'missing', value: 'true' },
        'modifier',
        /\(type, identifier\), not "missing"/,
      ],
      [{ filterParameter: 'gender', modifier: 'not', value: 'male' }, 'modifier', /no modifier/],
      [{ filterParameter: 'patient', modifier: 'type', value: '7' }, 'value', /Patient\/123/],
      [{ filterParameter: 'when', comparator: 'lt', value: '2026' }, 'comparator', /\(ge\), not "lt"/],
      [{ filterParameter: 'when', value: 'lt2026' }, 'value', /\(ge\), not "lt"/],
      [{ filterParameter: 'when', comparator: 'ge', value: 'ge2026' }, 'value', /without ge/],
      [{ filterParameter: 'when', value: 'ge2026,lt2020' }, 'value', /not "lt"/],
      [{ filterParameter: 'when', comparator: 'ge', value: 'yesterday' }, 'value', /yesterday/],
      [{ filterParameter: 'gender', comparator: 'gt', value: 'male' }, 'comparator', /no comparator/],
    ];
    for (const [filter, place, told] of cases) {
      const good = { filterParameter: '_id', value: 'x' };
      const read = compileFilters(topic, [good, filter], reading);
      assert.ok('faults' in read, JSON.stringify(filter));
      assert.deepEqual(
        read.faults.map((fault) => fault.place),
        [`Subscription.filterBy[1].${place}`],
        JSON.stringify(read),
      );
      assert.match(read.faults[0].message, told);
    }
    const many = Array.from({ length: 51 }, () => ({ filterParameter: '_id', value: 'x' }));
    assert.ok('faults' in compileFilters(topic, many, reading));
  });

  it('are about the types that have them, and others pass', () => {
    const read = compileFilters(
      topic,
      [
        { filterParameter: 'gender', comparator: 'eq', value: 'male' },
        { filterParameter: 'when', comparator: 'eq', value: '2026' },
      ],
      reading,
    );
    assert.ok('filters' in read, JSON.stringify(read));
    assert.deepEqual([...read.filters.byType.keys()].sort(), ['Observation', 'Patient']);
    const both = compileFilters(topic, [{ filterParameter: '_id', value: 'a,b' }], reading);
    assert.ok('filters' in both);
    assert.deepEqual(
      [...both.filters.byType].map(([, { keys }]) => keys?.length),
      [2, 2],
    );
    const none = compileFilters(topic, undefined, reading);
    assert.ok('filters' in none);
    const { change } = changeIn(randomSource(seed, 3), 'Patient');
    assert.equal(meetsFilters(none.filters, change), true);
  });
});
