/** The tables of https://hl7.org/fhir/R5/search.html, each row with searches that are asked of a server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer } from '../environment.ts';
import { found, put, search } from '../searches.ts';

/** A search, and the ids of all that it finds: something, and not everything of its type. */
export type Row = readonly [search: string, finds: string];

export interface World {
  /**
   * One table: its place on the page (`prefix` of `search.html#prefix`), and its rows. A row without a hit and a miss is refused, and so is
   * a table of which a row is missing.
   * @param rows the names of the rows as the page has them
   */
  readonly table: <Name extends string>(
    anchor: string,
    rows: readonly Name[],
    cases: Readonly<Record<Name, readonly Row[]>>,
  ) => void;
  readonly server: () => TestServer;
}

/** A server with these resources, for the tests of a file. */
export function world(...resources: Record<string, unknown>[]): World {
  let server: TestServer;
  before(async () => {
    server = await startServer();
    await put(server, ...resources);
  });
  after(() => server.close());
  const totals = new Map<string, Promise<number>>();

  function totalOf(type: string): Promise<number> {
    let total = totals.get(type);
    if (total === undefined) {
      total = search(server, `/${type}?_summary=count`).then((reply) => reply.json['total'] as number);
      totals.set(type, total);
    }
    return total;
  }

  async function holds([asked, finds]: Row): Promise<void> {
    const [type = ''] = asked.split('?');
    const expected = finds.split(' ').map((id) => `${type}/${id}`);
    const path = asked.slice(type.length);
    assert.deepEqual(
      await found(server, `/${type}${path}${path === '' ? '?' : '&'}_count=100`),
      expected.sort(),
      asked,
    );
    assert.ok(finds !== '' && expected.length < (await totalOf(type)), `${asked} has a hit and a miss`);
  }

  return {
    server: () => server,
    table(anchor, rows, cases) {
      describe(`search.html#${anchor}`, () => {
        for (const name of rows) {
          test(name, async () => {
            assert.ok(cases[name].length > 0);
            for (const row of cases[name]) await holds(row);
          });
        }
      });
    },
  };
}

export const to = (reference: string, more: object = {}): object => ({ reference, ...more });
export const coded = (system: string | undefined, code: string, display?: string): { coding: object[] } => ({
  coding: [{ ...(system === undefined ? {} : { system }), code, ...(display === undefined ? {} : { display }) }],
});

type Resource = Record<string, unknown>;

export const patient = (id: string, more: object = {}): Resource => ({ resourceType: 'Patient', id, ...more });
export const observation = (id: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: id } },
  ...more,
});
export const condition = (id: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Condition', id, subject: to('Patient/someone') },
  clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
  ...more,
});
export const encounter = (id: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Encounter', id, status: 'completed' },
  ...more,
});
export const narrative = (words: string): object => ({
  status: 'additional',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${words}</div>`,
});
