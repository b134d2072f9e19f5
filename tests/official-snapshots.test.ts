/**
 * HL7's snapshot cases for R5: the project's differentials result in the published snapshots, and cases without a snapshot are reported,
 * except for those listed here.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Validator } from '@dhp/fhir-validation';
import { definitionsOf } from '../packages/fhir-validation/test/memory-codes.ts';
import { reasonOf } from '../packages/fhir-validation/test/snapshot-report.ts';
import { compareSnapshots, type Difference } from '../packages/fhir-validation/test/snapshots.ts';
import {
  noSnapshotCases,
  readSnapshotCases,
  type SnapshotCase,
  type SnapshotCases,
} from './official-snapshots/cases.ts';

/** Why our view of a profile differs from its snapshot, by the case and the element: the first that fits. */
const reasons: readonly (readonly [fits: RegExp, reason: string])[] = [
  [
    /\.(?:extension|modifierExtension):|^au2 Extension\.extension:/,
    'the snapshot repeats the definition of the extension; here an extension is held to its own definition wherever it stands',
  ],
  [
    /\.(?:extension|modifierExtension|coding) cardinality 1\.\.\*$/,
    'the snapshot adds up the minima of the slices; here each slice is counted for itself',
  ],
  [
    /\[x\](?::\w+)? (?:cardinality|types|binding|value) /,
    'the snapshot says of all values what is said of the slice for the only type that is left, or the other way: it comes to the same',
  ],
  [/ types $/, 'the snapshot has no types of an element that has the content of another one'],
  [
    /^t24b /,
    'a name is asked of each contact before they are sliced, and so of those of a slice, which its snapshot does not say',
  ],
  [/^(?:pas-org|ccda-problem-section) /, 'the snapshot has elements and rules of another version of FHIR, or of CDA'],
  [/^nl-med /, 'the snapshot repeats the profile that the resource of an entry has; here the entry is held to it'],
  [/^us-cat /, 'the slice is bound to a set of its own, and the snapshot says that of all items'],
  [/^multi-profile /, 'the snapshot has the limit of the extended profile; the lists of both are held'],
];

/** Cases for which no snapshot can be made, and which are not reported, each with its fault. */
const untold: Readonly<Record<string, string>> = {
  'obs-1-2': 'a type that the base leaves out, so that no value can meet both',
  'obs-5': 'two types of which one has to be there, so that no value can meet both',
  ihe2: 'a profile of another type, which is not among the definitions of the cases',
  'obs-ms-bad': 'an element that the base must support and this does not: a matter of programs, not of resources',
  'mi-use-distinct': 'a profile of a reference with targets that the base has not, so that no reference can meet both',
};

/** A value with its members in another order is equal. */
const sorted = (text: string): string =>
  text
    .match(/[\w:/.-]+/g)
    ?.sort()
    .join() ?? '';
const isSame = ({ aspect, published, ours }: Difference): boolean =>
  aspect === 'value' && sorted(published) === sorted(ours);

const whyOf = ({ id }: SnapshotCase, one: Difference): string | undefined =>
  reasonOf(one) ?? reasons.find(([fits]) => fits.test(`${id} ${one.element} ${one.aspect} ${one.published}`))?.[1];

describe('the official snapshot cases', { skip: noSnapshotCases }, () => {
  let all: SnapshotCases;
  before(() => {
    all = readSnapshotCases();
  });
  const around = ({ input }: SnapshotCase): SnapshotCases['definitions'] =>
    all.definitions.filter(({ url }) => url !== input['url']);

  it('come to the snapshots that are expected, but where it is explained', (t) => {
    const constraints = all.cases.filter(({ fails, input }) => !fails && input['derivation'] === 'constraint');
    assert.ok(constraints.length > 130, `only ${constraints.length} cases were read`);
    const unexplained: string[] = [];
    let same = 0;
    for (const one of constraints) {
      const whole = { ...one.input, snapshot: one.expected!['snapshot'] };
      const { differences, unreadable } = compareSnapshots([whole], around(one));
      assert.deepEqual(unreadable, [], one.id);
      const apart = differences.filter((difference) => !isSame(difference));
      if (apart.length === 0) same += 1;
      for (const difference of apart)
        if (whyOf(one, difference) === undefined)
          unexplained.push(
            `${one.id} ${difference.element} ${difference.aspect}: ${difference.published} | ${difference.ours}`,
          );
    }
    t.diagnostic(`${same} of ${constraints.length} the same; the others differ as is explained`);
    assert.deepEqual(unexplained, []);
    assert.ok(same >= 80, `${same} are the same`);
  });

  it('are told where no snapshot can be made', () => {
    const failing = all.cases.filter(({ fails }) => fails);
    const silent = failing.filter((one) => {
      const validator = new Validator({ definitions: definitionsOf(around(one)) });
      return !validator.validate(one.input).some(({ severity }) => severity === 'error' || severity === 'fatal');
    });
    assert.ok(failing.length > 20);
    assert.deepEqual(silent.map(({ id }) => id).sort(), Object.keys(untold).sort());
  });

  it('are all read, but for one with elements of another version', () => {
    assert.deepEqual(all.unreadable, ['choice_min_1']);
  });
});
