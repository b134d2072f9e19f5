/** The operations answer as loops over all concepts do, of code systems, value sets and maps by chance. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Parameters, ValueSetExpansionContains } from '@dhp/fhir-model';
import { randomSource, type Random } from '../../../tests/random.ts';
import { codeSystem, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';
import { childrenOf, isBelow, membersOf, nodeOf, randomWorld, type World } from './random-terminology.ts';

const seed = Number(process.env['DHP_TERMINOLOGY_SEED'] ?? 22);
const worlds = Number(process.env['DHP_TERMINOLOGY_WORLDS'] ?? 40);

/** Calls back for each of the worlds of the seed; failures name the world. */
function each(visit: (world: World, random: Random, where: string) => void): void {
  for (let n = 0; n < worlds; n += 1) {
    const random = randomSource(seed, n);
    const world = randomWorld(random);
    visit(world, random, `seed ${String(seed)}, world ${String(n)}`);
  }
}

const flat = (contains: readonly ValueSetExpansionContains[] = []): ValueSetExpansionContains[] =>
  contains.flatMap((one) => [one, ...flat(one.contains)]);

const keyOf = ({ system = '', code = '' }: { system?: string; code?: string }): string => `${system} ${code}`;

const sorted = (keys: Iterable<string>): string[] => [...keys].sort();

const isInactive = ({ systems }: World, key: string): boolean => at(systems, key).isInactive;
const isAbstract = ({ systems }: World, key: string): boolean => at(systems, key).isAbstract;

function at(systems: World['systems'], key: string) {
  const [url, code = ''] = key.split(' ');
  return nodeOf(
    systems.find((one) => one.url === url)!,
    code,
  )!;
}

describe('terminology of chance is answered as loops over all concepts answer', () => {
  it('$expand', () => {
    each((world, random, where) => {
      const terminology = terminologyOf(world.resources);
      for (const set of world.sets) {
        const context = `${where}, ${JSON.stringify(set)}`;
        const all = membersOf(world, set);
        const asked = { excludeNested: random.oneIn(2), activeOnly: random.oneIn(3), excludeNotForUI: random.oneIn(4) };
        const { expansion } = terminology.expand(parameters({ url: set.url, ...asked }));
        const found = flat(expansion?.contains).filter(({ abstract, code }) => code !== undefined || abstract !== true);
        const due = [...all].filter(
          (key) => !(asked.activeOnly && isInactive(world, key)) && !(asked.excludeNotForUI && isAbstract(world, key)),
        );
        assert.deepEqual(sorted(found.map(keyOf)), sorted(due), `${context} ${JSON.stringify(asked)}`);
        assert.equal(expansion?.total ?? found.length, due.length, context);
        for (const one of found) {
          assert.equal(one.inactive === true, isInactive(world, keyOf(one)), `${context}, ${keyOf(one)}`);
          assert.equal(one.abstract === true, isAbstract(world, keyOf(one)), `${context}, ${keyOf(one)}`);
        }
        const count = 1 + random.below(4);
        const pages: string[] = [];
        for (let offset = 0; offset < all.size; offset += count)
          pages.push(
            ...flat(terminology.expand(parameters({ url: set.url, count, offset })).expansion?.contains).map(keyOf),
          );
        assert.deepEqual(sorted(pages), sorted(all), `${context}, pages of ${String(count)}`);
      }
    });
  });

  it('$validate-code', () => {
    each((world, random, where) => {
      const terminology = terminologyOf(world.resources);
      for (const set of world.sets) {
        const all = membersOf(world, set);
        for (const { url: system, nodes } of world.systems)
          for (const code of [...nodes.map((one) => one.code), 'none']) {
            const node = nodes.find((one) => one.code === code);
            const display = random.oneIn(3) ? (random.oneIn(2) ? node?.display : 'something else') : undefined;
            const [activeOnly, abstract] = [random.oneIn(4), !random.oneIn(4)];
            const asked = {
              url: set.url,
              system,
              code,
              activeOnly,
              abstract,
              ...(display !== undefined && { display }),
            };
            const isRight = display === undefined || display === node?.display;
            const isAsked = !(activeOnly && node?.isInactive) && (abstract || node?.isAbstract !== true);
            const due = all.has(`${system} ${code}`) && isRight && isAsked;
            const answer = terminology.validateValueSetCode(parameters(asked));
            const context = `${where}, ${JSON.stringify([set, asked, answer.parameter])}`;
            assert.equal(valueOf(answer, 'result'), due, context);
            const own = terminology.validateSystemCode(
              parameters({ url: system, code, ...(display !== undefined && { display }) }),
            );
            assert.equal(valueOf(own, 'result'), node !== undefined && isRight, context);
            assert.equal(
              terminology.memberOf(set.url, system, code),
              all.has(`${system} ${code}`) ? 'in' : 'out',
              context,
            );
          }
      }
    });
  });

  it('$validate-code of a code that is inactive in one part of a value set, and valid in another', () => {
    const [system, active, both, without] = ['cs', 'active', 'both', 'without'].map(
      (name) => `http://example.org/${name}`,
    );
    const all = { system: system! };
    const terminology = terminologyOf([
      codeSystem(system!, [{ code: 'a', display: 'A', property: [{ code: 'inactive', valueBoolean: true }] }]),
      valueSet(active!, { include: [all], inactive: false }),
      valueSet(both!, { include: [{ valueSet: [active] }, { ...all, concept: [{ code: 'a' }] }] }),
      valueSet(without!, { include: [all], exclude: [{ valueSet: [active] }] }),
    ]);
    for (const [url, isIn] of [
      [active, false],
      [both, true],
      [without, true],
    ] as const) {
      const answer = terminology.validateValueSetCode(
        parameters({ url: url!, system: system!, code: 'a', display: 'A' }),
      );
      assert.equal(valueOf(answer, 'result'), isIn, url);
      const wrong = terminology.validateValueSetCode(
        parameters({ url: url!, system: system!, code: 'a', display: 'B' }),
      );
      assert.equal(valueOf(wrong, 'result'), false, `${url!}, with another display`);
    }
  });

  it('$lookup and $subsumes', () => {
    each((world, random, where) => {
      const terminology = terminologyOf(world.resources);
      for (const system of world.systems)
        for (const node of system.nodes) {
          const { code } = node;
          const context = `${where}, ${system.url}, ${code}`;
          const answer = terminology.lookup({
            resourceType: 'Parameters',
            parameter: [
              { name: 'system', valueUri: system.url },
              { name: 'code', valueCode: code },
              { name: 'property', valueCode: '*' },
            ],
          });
          const told = (name: string): string[] => propertiesIn(answer, name);
          assert.equal(valueOf(answer, 'display'), node.display, context);
          assert.deepEqual(sorted(told('parent')), sorted(node.parents), context);
          assert.deepEqual(sorted(told('child')), sorted(childrenOf(system, code)), context);
          for (const name of ['colour', 'size', 'loud'])
            assert.deepEqual(
              told(name),
              node.properties.has(name) ? [node.properties.get(name)] : [],
              `${context} ${name}`,
            );
          assert.deepEqual(told('inactive'), [String(node.isInactive)], context);
          assert.equal(valueOf(answer, 'abstract'), node.isAbstract, context);
          const other = random.pick(system.nodes).code;
          const outcome = valueOf(
            terminology.subsumes(parameters({ system: system.url, codeA: code, codeB: other })),
            'outcome',
          );
          const [above, below] = [isBelow(system, other, code), isBelow(system, code, other)];
          const due = above ? (below ? 'equivalent' : 'subsumes') : below ? 'subsumed-by' : 'not-subsumed';
          assert.equal(outcome, due, `${context} and ${other}`);
        }
    });
  });

  it('$translate', () => {
    each((world, _random, where) => {
      const terminology = terminologyOf(world.resources);
      for (const { url: system, nodes } of world.systems)
        for (const { code } of nodes) {
          const context = `${where}, ${system}, ${code}, ${JSON.stringify(world.map.group)}`;
          const forward = terminology.translate(parameters({ url: world.map.url!, sourceCode: code, system }));
          assert.deepEqual(matches(forward), sorted(new Set(translations(world, system, code))), context);
          const backward = terminology.translate(
            parameters({ url: world.map.url!, targetCode: code, targetSystem: system }),
          );
          assert.deepEqual(matches(backward), sorted(new Set(backwards(world, system, code))), context);
        }
    });
  });

  it('$related', () => {
    each((world, random, where) => {
      const terminology = terminologyOf(world.resources);
      const [one, other] = [random.pick(world.sets), random.pick(world.sets)];
      const told = valueOf(terminology.related(parameters({ thisUrl: one.url, otherUrl: other.url })), 'result');
      const [left, right] = [membersOf(world, one), membersOf(world, other)];
      const common = [...left].filter((key) => right.has(key)).length;
      const [missing, extra] = [left.size > common, right.size > common];
      const due =
        common > 0
          ? missing
            ? extra
              ? 'overlapping'
              : 'superset'
            : extra
              ? 'subset'
              : 'same'
          : missing || extra
            ? 'disjoint'
            : 'empty';
      // Two with the same definition are the same, even if they are empty.
      if (told !== 'same' || due !== 'empty') assert.equal(told, due, `${where}, ${JSON.stringify([one, other])}`);
    });
  });
});

/** The values of a property of an answer of `$lookup`, as text. */
function propertiesIn({ parameter = [] }: Parameters, wanted: string): string[] {
  return parameter.flatMap(({ name, part = [] }) => {
    const code = part.find((one) => one.name === 'code')?.valueCode;
    const value = part.find((one) => one.name === 'value');
    if (name !== 'property' || code !== wanted || value === undefined) return [];
    return [String(Object.entries(value).find(([key]) => key.startsWith('value'))?.[1])];
  });
}

function matches({ parameter = [] }: Parameters): string[] {
  return parameter
    .filter(({ name }) => name === 'match')
    .map(({ part = [] }) => {
      const coding = part.find(({ name }) => name === 'concept')?.valueCoding;
      return `${part.find(({ name }) => name === 'relationship')?.valueCode ?? ''} ${coding === undefined ? '' : keyOf(coding)}`;
    })
    .sort();
}

function translations({ map }: World, system: string, code: string): string[] {
  return (map.group ?? [])
    .filter(({ source }) => source === system)
    .flatMap(({ element, target: to = '', unmapped }) => {
      const own = element.filter((one) => one.code === code);
      if (own.length > 0)
        return own.flatMap(({ noMap, target = [] }) =>
          noMap === true ? ['not-related-to '] : target.map((one) => `${one.relationship} ${to} ${one.code!}`),
        );
      if (unmapped === undefined) return [];
      const relationship = unmapped.relationship ?? 'related-to';
      return [`${relationship} ${to} ${unmapped.mode === 'fixed' ? unmapped.code! : code}`];
    });
}

const opposite = new Map([
  ['source-is-narrower-than-target', 'source-is-broader-than-target'],
  ['source-is-broader-than-target', 'source-is-narrower-than-target'],
]);

function backwards({ map }: World, system: string, code: string): string[] {
  return (map.group ?? [])
    .filter(({ target }) => target === system)
    .flatMap(({ element, source = '' }) =>
      element.flatMap(({ code: own, target = [] }) =>
        target
          .filter((one) => one.code === code)
          .map(({ relationship }) => `${opposite.get(relationship) ?? relationship} ${source} ${own!}`),
      ),
    );
}
