/** Which lines of an import page wait before they are tried: those that refer to missing resources. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knownThere, linesAhead } from '../../src/jobs/import-aside.ts';
import { parsedLine, type ParsedLine } from '../../src/operations/import/parsed-line.ts';

interface Named {
  readonly type: string;
  readonly id: string;
}

/** A store with some resources, which counts how often it is asked. */
function storeOf(...there: string[]) {
  const asked: string[][] = [];
  const missing = (named: readonly Named[]): Promise<Named[]> => {
    asked.push(named.map(({ type, id }) => `${type}/${id}`));
    return Promise.resolve(named.filter(({ type, id }) => !there.includes(`${type}/${id}`)));
  };
  const services = (keepsReferences: boolean) =>
    ({ keepsReferences, unguarded: { missing } }) as unknown as Parameters<typeof linesAhead>[0];
  return { asked, services };
}

async function line(type: string, id: string, ...references: string[]): Promise<ParsedLine> {
  const resource = {
    resourceType: type,
    id,
    extension: references.map((reference) => ({ url: 'urn:x', valueReference: { reference } })),
  };
  const bytes = Buffer.from(JSON.stringify(resource));
  return (await parsedLine(
    { number: 1, place: 0, end: bytes.length, bytes },
    { mode: 'upsert', type: '', most: 1_000 },
  )) as ParsedLine;
}

const waiting = async (
  lines: readonly ParsedLine[],
  { services }: ReturnType<typeof storeOf>,
  { most = 100, keeps = true, there = knownThere() } = {},
): Promise<string[]> => (await linesAhead(services(keeps), there, lines, most)).map(({ line: { name } }) => name);

describe('a line waits before it is tried', () => {
  it('where it refers to what neither the page nor the store has', async () => {
    const page = [
      await line('Patient', 'p'),
      await line('Observation', 'a', 'Patient/p'),
      await line('Observation', 'b', 'Patient/q'),
    ];
    assert.deepEqual(await waiting(page, storeOf()), ['Observation/b']);
    assert.deepEqual(await waiting(page, storeOf('Patient/q')), []);
  });

  it('and what refers to that line waits with it, unless an earlier version of it is stored', async () => {
    const page = [
      await line('Observation', 'a', 'Encounter/e'),
      await line('Encounter', 'e', 'Condition/c/_history/1'),
    ];
    assert.deepEqual(await waiting(page, storeOf()), ['Encounter/e', 'Observation/a']);
    assert.deepEqual(await waiting(page, storeOf('Encounter/e')), ['Encounter/e']);
  });

  it('and nothing is asked twice of what is there', async () => {
    const [store, there] = [storeOf('Patient/p'), knownThere()];
    const page = [await line('Observation', 'a', 'Patient/p'), await line('Observation', 'b', 'Patient/p')];
    assert.deepEqual(await waiting(page, store, { there }), []);
    assert.deepEqual(await waiting(page, store, { there }), []);
    assert.deepEqual(store.asked, [['Patient/p']]);
  });

  it('but not where references are not kept, nor where a line that waits would find no place', async () => {
    const page = [await line('Observation', 'a', 'Patient/q'), await line('Observation', 'b', 'Patient/q')];
    assert.deepEqual(await waiting(page, storeOf(), { keeps: false }), []);
    assert.deepEqual(await waiting(page, storeOf(), { most: 1 }), []);
    assert.equal((await waiting(page, storeOf(), { most: 2 })).length, 2);
  });

  it('and not for what is no reference to a resource of this server', async () => {
    const page = [
      await line(
        'Observation',
        'a',
        'urn:uuid:x',
        'http://elsewhere.test/Patient/q',
        '#c',
        'Nothing/q',
        'Patient?name=x',
      ),
    ];
    const store = storeOf();
    assert.deepEqual(await waiting(page, store), []);
    assert.deepEqual(store.asked, []);
  });
});
