/** A statement looks up once, for all places, whatever they ask for alike; and how little a question of consents adds to each scan of a statement. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import type { Consented } from '../src/condition/condition.ts';
import { totalOf } from '../src/page/total.ts';
import { check } from '../src/row-condition/check.ts';
import type { RowCondition } from '../src/row-condition/row-condition.ts';
import { fragmentsFor, type CommitOrder, type Fragment } from '../src/sql/fragment.ts';
import type { Run } from '../src/sql/run.ts';
import { flattened, once, statementOf, whole } from '../src/sql/statement.ts';

const sql = fragmentsFor('searches', {} as CommitOrder); // nothing here asks it

/** By its pieces, as statements of a shape are kept. */
function textOfPieces(fragment: Fragment): ReturnType<typeof statementOf> {
  const { strings, values } = flattened(fragment);
  const text = strings.reduce((before, piece, n) => `${before}$${n}${piece}`);
  return { text, parameters: values };
}

describe('a value that is looked up once', () => {
  const of = (n: number): Fragment => once(sql`select f(${n})`);
  const tried: [string, Fragment, { text: string; parameters: unknown[] }][] = [
    [
      'is a part before the statement',
      sql`select ${of(1)}`,
      { text: 'with once0 (v) as materialized (select f($1)) select (select v from once0)', parameters: [1] },
    ],
    [
      'is one for all places',
      sql`select ${of(1)}, ${7}, ${of(1)}`,
      {
        text: 'with once0 (v) as materialized (select f($1)) select (select v from once0), $2, (select v from once0)',
        parameters: [1, 7],
      },
    ],
    [
      'is another one for another value',
      sql`select ${of(1)}, ${of(2)}`,
      {
        text: 'with once0 (v) as materialized (select f($1)), once1 (v) as materialized (select f($2)) select (select v from once0), (select v from once1)',
        parameters: [1, 2],
      },
    ],
    [
      'stands behind what it needs itself',
      sql`select ${once(sql`select g(${of(1)}, ${3})`)}, ${of(1)}`,
      {
        text: 'with once0 (v) as materialized (select f($1)), once1 (v) as materialized (select g((select v from once0), $2)) select (select v from once1), (select v from once0)',
        parameters: [1, 3],
      },
    ],
    [
      'is among recursive parts',
      sql`with recursive p as (select ${5}) select ${of(1)}`,
      {
        text: 'with recursive once0 (v) as materialized (select f($1)), p as (select $2) select (select v from once0)',
        parameters: [1, 5],
      },
    ],
    [
      'is among the parts that the statement has',
      sql` with p as (select ${5}) select ${of(1)}`,
      {
        text: 'with once0 (v) as materialized (select f($1)), p as (select $2) select (select v from once0)',
        parameters: [1, 5],
      },
    ],
  ];
  for (const [name, fragment, expected] of tried) {
    it(name, () => {
      assert.deepEqual(statementOf(fragment), expected);
      assert.deepEqual(textOfPieces(fragment), expected);
      assert.deepEqual(statementOf(sql`${whole(fragment)}`), expected);
    });
  }

  it('is not another one where a value is a text that looks like it', () => {
    const { text } = statementOf(sql`select ${once(sql`select f(${'1'})`)}, ${once(sql`select f(${1})`)}`);
    assert.equal(text.split(' as materialized ').length, 3);
  });
});

const asked: Consented = {
  ...{ op: 'consented', action: 1, of: 'record', unknown: 7, purposes: [9n], own: [], opened: [3n], persons: [6n] },
  ...{ callers: [1n, 2n], organizations: [4n], members: [5n], hands: [8n] },
};

describe('the question of consents', () => {
  const branches = (count: number): Fragment => {
    const each = Array.from({ length: count }, (_, n): RowCondition => {
      const linked: RowCondition = { op: 'keys', any: [BigInt(n)], expect: 'many' };
      return { op: 'refers', seeds: [1n], type: 'Observation', where: { op: 'all', of: [linked, asked] } };
    });
    return sql`select ${check(sql, { op: 'any', of: each }, sql`s`)}`;
  };
  const times = (text: string, part: string): number => text.split(part).length - 1;

  it('looks up once to what the caller belongs, in however many branches it stands', () => {
    for (const count of [1, 2, 50]) {
      const { text } = statementOf(branches(count));
      assert.equal(times(text, 'fhir.asker('), 1);
      assert.equal(times(text, 'fhir.organizations_above('), 1);
    }
  });

  it('is one look at the consents for each branch, in few words', () => {
    const lengths = [10, 20, 40].map((count) => {
      const { text } = statementOf(branches(count));
      // One for contained resources is in the same place.
      assert.equal(times(text, 'from fhir.consent '), count);
      assert.equal(times(text, 'fhir.consent_withholds('), count);
      return text.length;
    });
    const [ten, twenty, forty] = lengths as [number, number, number];
    const perBranch = (twenty - ten) / 10;
    assert.ok(perBranch < 2_500, `${String(perBranch)} characters`);
    assert.ok(Math.abs((forty - twenty) / 20 / perBranch - 1) < 0.05, lengths.join());
  });
});

describe('the total of a search of a compartment', () => {
  const types = resourceTypes.filter((type) => !['Binary', 'Bundle', 'Patient'].includes(type)).slice(0, 60);
  const where: RowCondition = { op: 'all', of: [{ op: 'patient', any: [3n] }, asked] };

  /** The texts of the statements that count, and that sample where they are many. */
  async function statementsFor(count: number): Promise<string[]> {
    const texts: string[] = [];
    const run: Run = (_sql, statement) => {
      texts.push(statementOf(statement).text);
      return Promise.resolve([[Buffer.from('20000')]]);
    };
    const branches = types.slice(0, count).map((type) => ({ type, where }));
    await totalOf({ sql, run, kept: new Map() }, branches, 'estimate');
    return texts;
  }

  it('asks of many types at once what is the same of them', async () => {
    const [few, many] = [await statementsFor(2), await statementsFor(types.length)];
    assert.equal(few.length, 3);
    assert.deepEqual(many, few);
  });
});
