/**
 * The statements that the stores of a test file send, explained on divided tables: a file fails if one asks all parts and is not declared to. The proof
 * `partitions` runs the suites themselves on such tables.
 */
import assert from 'node:assert/strict';
import { testDatabase } from '@dhp/postgres/testing';
import { keep, letGoOf } from '../../../../tests/kept.ts';
import { migrations } from '../../src/index.ts';
import { fanOuts } from '../../src/placement/fan-outs.ts';
import { collectStatements } from './collect.ts';
import { undeclared } from './undeclared.ts';

/** Of any text these sessions are declared to ask all parts: there are thousands of their statements, whose plans tell nothing. */
const ofSearches: readonly string[] = fanOuts.find(({ name }) => name === 'searches')!.sessions;

/** Statements that earlier files of this process have sent: most files send the same two hundred. */
const explained = new Set<string>();

const kept = 'statements on divided tables';

/** Begins to collect, before a store is opened. @returns to call when the stores are closed; it throws an AssertionError that names the statements */
export function explainStatements(): () => Promise<void> {
  const collected = collectStatements();
  return async () => {
    collected.end();
    const added = [...collected.texts].filter(
      ([text, sessions]) => !explained.has(text) && ![...sessions].every((one) => ofSearches.includes(one)),
    );
    if (added.length === 0) return;
    const database = await keep(kept, async () => {
      const one = await testDatabase({ name: 'explained', migrations: [migrations], partitions: 4 });
      return { ownerUrl: one.ownerUrl, close: () => one.drop() };
    });
    try {
      const { faults, unexplained } = await undeclared(database, new Map(added));
      for (const [text] of added) explained.add(text);
      // A suite that makes tables of its own sends statements that its own database alone can explain.
      const asking = faults.filter((fault) => !unexplained.includes(fault));
      assert.deepEqual(asking, [], 'They are to find their shard, or to be declared in src/placement/fan-outs.ts');
    } finally {
      await letGoOf(kept);
    }
  };
}
