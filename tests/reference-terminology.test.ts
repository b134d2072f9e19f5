import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isError } from './reference/finding.ts';
import { skipMutants } from './reference/mutants.ts';
import { whyNoReference } from './reference/oracle.ts';
import { openOurs } from './reference/ours.ts';
import { isTerminologyProgramHere, started, validateThrough } from './reference/terminology.ts';

/** One in this number of published examples is validated: starting the program takes most of the time. */
const every = 150;

/** Errors that do not depend on the server's answers: codes of licensed systems, and addresses that are searched in packages. */
const notAsked = /snomed\.info|No definition could be found for URL value/;

const skip =
  skipMutants ||
  ((await whyNoReference()) ??
    ((await isTerminologyProgramHere())
      ? false
      : "HL7's reference validator is not among the artifacts that Maven has here: npm run reference -- terminology brings it"));

it(
  "HL7's validator validates the published examples with this server as its terminology server",
  { skip },
  async () => {
    const asked: string[] = [];
    const server = await started({
      onRequest: ({ interaction = '', status = 0 }) => asked.push(`${interaction} ${status}`),
    });
    try {
      const { examples, errors, unanswered } = await validateThrough(server.url, every);
      assert.equal(errors.length, examples.length);
      assert.ok(examples.length >= 15, `${examples.length} examples`);
      assert.deepEqual(unanswered, []);
      // Here the same codes are at hand, and the same is found.
      const ours = await openOurs('nothing');
      const differing = examples.filter(({ text }, i) => {
        const theirs = errors[i]!.filter((one) => !notAsked.test(one));
        return ours(text).some(isError) !== theirs.length > 0;
      });
      assert.deepEqual(
        differing.map(({ file }) => file),
        [],
      );
      // It sent queries, and every query was answered.
      assert.ok(asked.filter((one) => one.includes('validate-code')).length >= 3, asked.join(', '));
      assert.deepEqual(
        asked.filter((one) => !/ (?:200|404)$/.test(one)),
        [],
      );
    } finally {
      await server.close();
    }
  },
);
