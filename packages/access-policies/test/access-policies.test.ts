/** Access policies as data: the faults of a document, the decisions of a set, and the losses by another one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clearedLabels,
  explain,
  faultText,
  interactions,
  limitsOf,
  PolicyFaults,
  readPolicySet,
  type PolicyCaller,
  type PolicyRule,
  type PolicySet,
} from '../src/index.ts';
import { changesBetween, limitsBetween, lossesBetween, type KnownCaller } from '../src/comparison.ts';

const types = ['Patient', 'Observation', 'Condition'];
const means = {
  types,
  problemOf: (type: string, criteria: string) =>
    criteria.startsWith('category=') && type === 'Patient' ? 'Patient has no parameter "category".' : undefined,
  problemOfElement: (type: string, element: string) =>
    element === 'status' ? 'needed' : type === 'Patient' && element !== 'colour' ? undefined : 'unknown',
};
const limit = { name: 'limit', effect: 'limit', who: { everyone: true }, types: ['Patient'] };
const whole: PolicyRule = {
  ...{ name: 'whole', effect: 'permit', who: { client: ['lab'] }, types: ['Observation'], interactions: ['read'] },
};
const text = (...rules: readonly object[]): string => JSON.stringify({ others: 'as-scoped', rules });

/** A document with one rule of labels, and a clearance if given. */
const labelled = (rule: object, ...clearances: readonly object[]): string =>
  JSON.stringify({
    ...{ others: 'as-scoped', rules: [] },
    labels: {
      rules: [{ name: 'hiv', labels: ['urn:l|HIV'], ...rule }],
      clearances: clearances.map((one) => ({ name: 'cleared', labels: ['urn:l|HIV'], ...one })),
    },
  });

function faultsOf(given: string): string[] {
  try {
    readPolicySet(given, means);
    return [];
  } catch (error) {
    assert.ok(error instanceof PolicyFaults);
    for (const fault of error.faults) {
      const told = (['uz', 'ru', 'en'] as const).map((language) => faultText(fault, language));
      assert.equal(new Set(told).size, 3, 'each language has its own sentence');
      for (const sentence of told) assert.ok(!/[{}]\w/.test(sentence.replaceAll('{"', '')), sentence);
    }
    return error.faults.map((fault) => `${fault.key} ${fault.place}`);
  }
}

describe('a document', () => {
  const cases: Readonly<Record<string, readonly [given: string, ...faults: string[]]>> = {
    'that is right': [text(whole, { ...whole, name: 'part', criteria: 'category=laboratory' })],
    'of everyone, and all types': [text({ ...whole, who: { everyone: true }, types: ['*'], interactions: ['search'] })],
    'that is no JSON': ['{', 'not-json '],
    'that enforces consents': ['{"others":"as-scoped","rules":[],"consent":"enforced","purposes":["TREAT"]}'],
    'that treats consents in another way': ['{"others":"as-scoped","rules":[],"consent":"on"}', 'not-one-of consent'],
    'with purposes that are no list': ['{"others":"as-scoped","rules":[],"purposes":"TREAT"}', 'not-list purposes'],
    'that binds persons to their patients': [
      '{"others":"as-scoped","rules":[],"care":{"roles":["nurse"],"except":["Patient"],"windows":{"Encounter":{"after":7}}}}',
    ],
    'of emergencies, and of purposes': [
      JSON.stringify({
        ...{ others: 'as-scoped', breakGlass: { roles: ['x'], minutes: 5, factorHours: 2, overrides: ['consent'] } },
        rules: [{ ...whole, who: { purpose: ['HRESCH'] } }],
      }),
    ],
    'of an emergency without end': [
      '{"others":"as-scoped","rules":[],"breakGlass":{"roles":["x"],"minutes":0,"factorHours":99,"overrides":["scopes"]}}',
      ...['not-count breakGlass.minutes', 'not-count breakGlass.factorHours', 'not-one-of breakGlass.overrides[0]'],
    ],
    'that binds nobody': ['{"others":"as-scoped","rules":[],"care":{"roles":[]}}', 'not-list care.roles'],
    'that binds without roles': [
      '{"others":"as-scoped","rules":[],"care":{"except":["Patent"]}}',
      ...['missing-member care', 'not-one-of care.except[0]'],
    ],
    'with windows of another type': [
      '{"others":"as-scoped","rules":[],"care":{"roles":["x"],"windows":{"Observation":{}}}}',
      'unknown-member care.windows',
    ],
    'with a window that is none': [
      '{"others":"as-scoped","rules":[],"care":{"roles":["x"],"windows":{"Task":{"after":-1,"open":0.5,"before":"1"}}}}',
      ...['after', 'open', 'before'].map((part) => `not-days care.windows.Task.${part}`),
    ],
    'with labels': [
      labelled({ valueSets: ['urn:v'], codes: ['urn:c|x'] }, { who: { everyone: true }, purposes: ['TREAT'] }),
    ],
    'with labels for which nobody is cleared': [labelled({ codes: ['urn:c|x'] })],
    'with a label of no codes': [labelled({}), 'missing-member labels.rules[0]'],
    'with a label that is no coding': [
      labelled({ labels: ['HIV'], codes: ['urn:c|x', 'x|'] }),
      ...['not-coding labels.rules[0].labels[0]', 'not-coding labels.rules[0].codes[1]'],
    ],
    'with a clearance of nobody': [labelled({ codes: ['urn:c|x'] }, { who: {} }), 'nobody labels.clearances[0].who'],
    'with a clearance of a name that is taken': [
      labelled({ codes: ['urn:c|x'] }, { who: { everyone: true }, name: 'hiv' }),
      'name-twice labels.clearances[0].name',
    ],
    'with labels that are a list': ['{"others":"nothing","rules":[],"labels":[]}', 'not-object labels'],
    'that is a list': ['[]', 'not-object policies'],
    'without members': ['{}', 'missing-member policies', 'missing-member policies', 'not-list rules'],
    'with a member too many': ['{"others":"nothing","rules":[],"rule":1}', 'unknown-member policies'],
    'with another word for others': ['{"others":"all","rules":[]}', 'not-one-of others'],
    'with a rule of no effect': [text({ ...whole, effect: 'allow' }), 'not-one-of rules[0].effect'],
    'with a rule without a name': [
      text({ ...whole, name: undefined }),
      'missing-member rules[0]',
      'not-name rules[0].name',
    ],
    'with two rules of a name': [text(whole, whole), 'name-twice rules[1].name'],
    'with a type that there is not': [text({ ...whole, types: ['Patent'] }), 'not-one-of rules[0].types[0]'],
    'with no types': [text({ ...whole, types: [] }), 'not-list rules[0].types'],
    'with another interaction': [text({ ...whole, interactions: ['r'] }), 'not-one-of rules[0].interactions[0]'],
    'that names nobody': [text({ ...whole, who: {} }), 'nobody rules[0].who'],
    'of everyone: false': [text({ ...whole, who: { everyone: false } }), 'nobody rules[0].who'],
    'with an empty client': [text({ ...whole, who: { client: [''] } }), 'not-text rules[0].who.client[0]'],
    'with a kind of authority': [
      text({ ...whole, who: { authority: ['doctor'] } }),
      'not-one-of rules[0].who.authority[0]',
    ],
    'with an unknown member of who': [
      text({ ...whole, who: { everyone: true, colour: ['x'] } }),
      'unknown-member rules[0].who',
    ],
    'of a role in an organisation, and what is theirs': [
      text({
        ...whole,
        who: { role: ['family-doctor'], organization: ['Organization/7'] },
        criteria: 'k={organization}',
      }),
    ],
    'with an empty role': [text({ ...whole, who: { role: [''] } }), 'not-text rules[0].who.role[0]'],
    'whose criteria are no text': [text({ ...whole, criteria: 1 }), 'not-text rules[0].criteria'],
    'whose criteria are no search of a type': [
      text({ ...whole, types: ['Observation', 'Patient'], criteria: 'category=x' }),
      'criteria-wrong rules[0].criteria',
    ],
    'whose criteria are no search of some type': [
      text({ ...whole, types: ['*'], criteria: 'category=x' }),
      'criteria-wrong rules[0].criteria',
    ],
    'that limits elements, as it was read': [text({ ...limit, hide: ['name'], interactions: [] })],
    'that limits elements': [text({ ...limit, hide: ['name', 'value[x]'], readOnly: ['gender'] })],
    'that limits elements of all types': [text({ ...limit, types: ['*'], hide: ['name'] })],
    'that limits nothing': [text(limit), 'limits-nothing rules[0]'],
    'that limits an element that there is not': [
      text({ ...limit, hide: ['name', 'colour'] }),
      'element-unknown rules[0].hide[1]',
    ],
    'that limits an element of no type': [
      text({ ...limit, types: ['*'], readOnly: ['colour'] }),
      'element-unknown rules[0].readOnly[0]',
    ],
    'that hides what is needed': [text({ ...limit, hide: ['status'] }), 'element-needed rules[0].hide[0]'],
    'that lists no elements': [text({ ...limit, hide: [] }), 'not-list rules[0].hide'],
    'that limits elements of some resources': [
      text({ ...limit, hide: ['name'], criteria: 'k=1', interactions: ['read'] }),
      'unknown-member rules[0]',
      'unknown-member rules[0]',
    ],
    'that permits and hides': [text({ ...whole, hide: ['name'] }), 'unknown-member rules[0]'],
    'with too many rules': [
      text(...Array.from({ length: 501 }, (_, n) => ({ ...whole, name: `n${String(n)}` }))),
      'too-many rules',
    ],
  };
  for (const [name, [given, ...faults]] of Object.entries(cases)) {
    it(name, () => {
      assert.deepEqual(faultsOf(given), faults);
    });
  }
});

/** A sequence that is the same for the same seed. */
let state = 5;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const one = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;

const callers: readonly PolicyCaller[] = [
  { client: 'lab', authority: 'system' },
  { client: 'app', authority: 'user', person: 'Practitioner/1' },
  { client: 'app', authority: 'patient', person: 'Patient/2' },
];

function anyRule(_: unknown, n: number): PolicyRule {
  return {
    name: `r${String(n)}`,
    effect: one(['permit', 'permit', 'deny'] as const),
    who: one<PolicyRule['who']>([
      ...([{ everyone: true }, { client: ['lab'] }, { client: ['app'], authority: ['user'] }] as const),
      ...([{ person: ['Practitioner/1'] }, { authority: ['patient', 'system'] }] as const),
    ]),
    types: one([['*'], ['Patient'], ['Observation', 'Condition']]),
    interactions: one([['read'], ['read', 'search'], ['create', 'update', 'delete']] as const),
    ...(random(2) === 0 && { criteria: one(['k=1', 'k=2', 'k=3']) }),
  };
}

/** The decision about one resource, implemented again in the plainest way: a resource is the set of criteria that it meets. */
function isLeft(
  set: PolicySet,
  caller: PolicyCaller,
  asked: { permission: string; type: string; has: ReadonlySet<string> },
): boolean {
  const isNamed = ({ who }: PolicyRule): boolean =>
    (who.client?.includes(caller.client) ?? true) &&
    (who.person === undefined || who.person.includes(caller.person ?? '')) &&
    (who.authority?.includes(caller.authority) ?? true);
  const hits = ({ types: of, interactions: names, criteria }: PolicyRule): boolean =>
    (of.includes('*') || of.includes(asked.type)) &&
    names.some((name) => interactions[name] === asked.permission) &&
    (criteria === undefined || asked.has.has(criteria));
  const mine = set.rules.filter(isNamed);
  if (mine.some((rule) => rule.effect === 'deny' && hits(rule))) return false;
  const permits = mine.filter(({ effect }) => effect === 'permit');
  return permits.length === 0 ? set.others === 'as-scoped' : permits.some(hits);
}

describe('what a set decides', () => {
  it('is what its rules say one by one, for sets at random', () => {
    let narrowed = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const set: PolicySet = {
        others: one(['as-scoped', 'nothing']),
        rules: Array.from({ length: random(6) }, anyRule),
      };
      const caller = one(callers);
      const permission = one(['c', 'r', 'u', 'd', 's'] as const);
      const type = one(types);
      const { decision, rules } = explain(set, caller, permission, type);
      const has = new Set(['k=1', 'k=2', 'k=3'].filter(() => random(2) === 0));
      const within =
        decision === 'all' ||
        (decision !== 'none' &&
          (decision.any === undefined || decision.any.some((each) => has.has(each))) &&
          !decision.none.some((each) => has.has(each)));
      assert.equal(
        within,
        isLeft(set, caller, { permission, type, has }),
        JSON.stringify({ set, caller, permission, type, has: [...has] }),
      );
      assert.ok(rules.every((name) => set.rules.some((rule) => rule.name === name)));
      narrowed += typeof decision === 'object' ? 1 : 0;
    }
    assert.ok(narrowed > 100, 'few sets narrow anything');
  });
});

describe('roles and organisations', () => {
  const doctor: PolicyCaller = {
    ...{ client: 'app', authority: 'user', person: 'Practitioner/1' },
    positions: [
      { role: 'family-doctor', organization: 'Organization/7' },
      { role: 'registrar', organization: 'Organization/8' },
    ],
  };
  const backend: PolicyCaller = { client: 'his', authority: 'system', positions: [{ organization: 'Organization/7' }] };
  const nobody: PolicyCaller = { client: 'his', authority: 'system' };
  const decided = (rule: Partial<PolicyRule>, caller: PolicyCaller): unknown =>
    explain({ others: 'as-scoped', rules: [{ ...whole, ...rule }] }, caller, 'r', 'Observation').decision;

  it('are those of one position', () => {
    const who = { role: ['family-doctor'], organization: ['Organization/8'] };
    assert.equal(decided({ who, effect: 'deny' }, doctor), 'all', 'she is one in another organisation');
    for (const organization of ['Organization/7', 'Organization/8'])
      assert.equal(decided({ who: { organization: [organization] }, effect: 'deny' }, doctor), 'none');
    assert.equal(decided({ who: { role: ['family-doctor'] }, effect: 'deny' }, backend), 'all', 'a client has no role');
    assert.equal(decided({ who: { organization: ['Organization/7'] }, effect: 'deny' }, backend), 'none');
  });

  it('are put into criteria, those by which the rule names the caller', () => {
    const criteria = 'k={organization}';
    const of = (who: PolicyRule['who'], caller: PolicyCaller): unknown => decided({ who, criteria }, caller);
    assert.deepEqual(of({ role: ['registrar'] }, doctor), { any: ['k=Organization/8'], none: [] });
    assert.deepEqual(of({ everyone: true }, doctor), { any: ['k=Organization/7,Organization/8'], none: [] });
    assert.deepEqual(of({ everyone: true }, backend), { any: ['k=Organization/7'], none: [] });
    assert.deepEqual(decided({ who: { everyone: true }, criteria: 'k={person}' }, doctor), {
      ...{ any: ['k=Practitioner/1'], none: [] },
    });
  });

  it('that a caller does not have permit nothing, and refuse everything', () => {
    const rule = { who: { everyone: true }, criteria: 'k={organization}' } as const;
    assert.equal(decided(rule, nobody), 'none');
    assert.equal(decided({ ...rule, effect: 'deny' }, nobody), 'none');
    assert.equal(decided({ who: { everyone: true }, criteria: 'k={person}' }, backend), 'none');
  });
});

describe('elements', () => {
  const rule: PolicyRule = { ...whole, effect: 'limit', types: ['Patient'], interactions: [] };
  const set: PolicySet = {
    others: 'nothing',
    rules: [
      { ...rule, name: 'a', hide: ['name', 'address'] },
      { ...rule, name: 'b', types: ['*'], hide: ['name'], readOnly: ['gender'] },
      { ...rule, name: 'c', who: { client: ['app'] }, hide: ['telecom'] },
    ],
  };
  const lab: KnownCaller = { client: 'lab', authority: 'system', permits: () => true };

  it('are limited by all rules that name the caller, and resources by none of them', () => {
    assert.deepEqual(limitsOf(set, lab, 'Patient'), {
      hidden: ['name', 'address'],
      readOnly: ['gender'],
      rules: ['a', 'b'],
    });
    assert.deepEqual(limitsOf(set, lab, 'Condition'), { hidden: ['name'], readOnly: ['gender'], rules: ['b'] });
    assert.equal(explain({ ...set, others: 'as-scoped' }, lab, 'r', 'Patient').decision, 'all');
    assert.deepEqual(explain(set, lab, 'r', 'Patient'), { decision: 'none', rules: [] });
  });

  it('are told as losses, of types that have them, to those who could see or write them', () => {
    const of = { types, has: (type: string, element: string) => type === 'Patient' || element === 'gender' };
    const told = (before: PolicySet | undefined, caller: KnownCaller): unknown =>
      limitsBetween(before, set, [caller], of).map(({ types: each, hidden, readOnly }) => [each, hidden, readOnly]);
    assert.deepEqual(told(undefined, lab), [
      [['Patient'], ['name', 'address'], ['gender']],
      [['Observation', 'Condition'], [], ['gender']],
    ]);
    assert.deepEqual(told(undefined, { ...lab, permits: (permission) => permission === 's' }), [
      [['Patient'], ['name', 'address'], []],
    ]);
    assert.deepEqual(told(set, lab), []);
    const less = { ...set, rules: set.rules.slice(1) };
    assert.deepEqual(told(less, lab), [[['Patient'], ['address'], []]]);
    assert.deepEqual(changesBetween(less, set).added, ['a']);
    const other = { ...set, rules: [{ ...set.rules[0]!, hide: ['name'] }, ...set.rules.slice(1)] };
    assert.deepEqual(changesBetween(set, other).changed, ['a']);
  });
});

describe('another set', () => {
  const lab: KnownCaller = { client: 'lab', authority: 'system', permits: (permission) => permission !== 'd' };
  const before: PolicySet = { others: 'as-scoped', rules: [whole] };

  it('is told by its rules', () => {
    const after: PolicySet = {
      others: 'nothing',
      rules: [
        { ...whole, types: ['*'] },
        { ...whole, name: 'new' },
      ],
    };
    assert.deepEqual(changesBetween(before, after), {
      ...{ added: ['new'], removed: [], changed: ['whole'], others: ['as-scoped', 'nothing'] },
    });
    assert.deepEqual(changesBetween(after, before).removed, ['new']);
    assert.deepEqual(changesBetween(before, before), { added: [], removed: [], changed: [] });
  });

  it('takes from callers what their scopes permit and it does not', () => {
    const told = lossesBetween(undefined, before, [lab], types).map(({ interaction, types: of, left, rules }) => ({
      interaction,
      of,
      left,
      rules,
    }));
    const lost = { left: 'none', rules: ['whole'] };
    assert.deepEqual(told, [
      { interaction: 'create', of: types, ...lost },
      { interaction: 'read', of: ['Patient', 'Condition'], ...lost },
      { interaction: 'update', of: types, ...lost },
      { interaction: 'search', of: types, ...lost },
    ]);
    assert.deepEqual(lossesBetween(before, before, [lab], types), []);
    assert.deepEqual(lossesBetween(before, { others: 'as-scoped', rules: [] }, [lab], types), [], 'nothing is taken');
  });

  it('about a purpose is told where requests that state none have it', () => {
    const deny: PolicySet = {
      ...{ others: 'as-scoped', rules: [{ ...whole, effect: 'deny', who: { purpose: ['HRESCH'] } }] },
    };
    assert.deepEqual(lossesBetween(undefined, deny, [lab], types), []);
    const told = lossesBetween(undefined, { ...deny, purposes: ['HRESCH'] }, [lab], types);
    assert.deepEqual([...new Set(told.flatMap(({ rules }) => rules))], [whole.name]);
  });

  it('that leaves a part tells which', () => {
    const part: PolicySet = { others: 'as-scoped', rules: [{ ...whole, effect: 'deny', criteria: 'k=1' }] };
    const [loss, ...others] = lossesBetween(undefined, part, [lab], types);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [loss?.interaction, loss?.types, loss?.left],
      ['read', ['Observation'], { any: undefined, none: ['k=1'] }],
    );
  });
});

describe('clearances', () => {
  const of = (who: PolicyRule['who'], purposes?: readonly string[]): PolicySet => ({
    ...{ others: 'as-scoped', rules: [] },
    labels: {
      rules: [],
      clearances: [
        { name: 'all', who: { everyone: true }, labels: ['urn:l|LOW'] },
        { name: 'one', who, labels: ['urn:l|HIV', 'urn:l|LOW'], ...(purposes && { purposes }) },
      ],
    },
  });
  const doctor: PolicyCaller = {
    ...{ client: 'portal', authority: 'user', person: 'Practitioner/2' },
    positions: [{ role: 'infectionist', organization: 'Organization/1' }],
  };
  const cases: readonly (readonly [set: PolicySet, purposes: readonly string[] | undefined, isCleared: boolean])[] = [
    [of({ role: ['infectionist'] }), undefined, true],
    [of({ role: ['nurse'] }), undefined, false],
    [of({ role: ['infectionist'], organization: ['Organization/2'] }), undefined, false],
    [of({ client: ['portal'] }, ['TREAT']), ['TREAT', 'HRESCH'], true],
    [of({ client: ['portal'] }, ['TREAT']), ['HRESCH'], false],
    [of({ client: ['portal'] }, ['TREAT']), undefined, false],
  ];
  for (const [n, [set, purposes, isCleared]] of cases.entries())
    it(`add up, case ${String(n)}`, () => {
      assert.deepEqual(clearedLabels(set, doctor, purposes), ['urn:l|LOW', ...(isCleared ? ['urn:l|HIV'] : [])]);
    });

  it('may ask for a purpose that the request states, which the policies cannot state for it', () => {
    const set = readPolicySet(
      labelled({ codes: ['urn:c|1'] }, { who: { client: ['portal'] }, purposes: ['HRESCH'], stated: true }),
      means,
    );
    assert.deepEqual(clearedLabels(set, doctor, ['HRESCH'], 'HRESCH'), ['urn:l|HIV']);
    assert.deepEqual(clearedLabels(set, doctor, ['HRESCH'], undefined), []);
    assert.deepEqual(clearedLabels(set, doctor, ['TREAT'], 'GOV'), []);
    assert.deepEqual(clearedLabels(set, { ...doctor, client: 'other' }, undefined, 'HRESCH'), []);
    const faults = faultsOf(
      labelled(
        { codes: ['urn:c|1'] },
        { who: { everyone: true }, stated: true },
        { who: { everyone: true }, stated: 1 },
      ),
    );
    for (const fault of ['missing-member labels.clearances[0]', 'not-one-of labels.clearances[1].stated'])
      assert.ok(faults.includes(fault), faults.join());
  });

  it('are none without labels, and a change of them is one of the document', () => {
    const without: PolicySet = { others: 'as-scoped', rules: [] };
    assert.deepEqual(clearedLabels(without, doctor, ['TREAT']), []);
    assert.equal(changesBetween(without, of({ everyone: true })).labels, true);
    assert.equal(changesBetween(of({ everyone: true }), of({ everyone: true })).labels, undefined);
  });
});
