import { create, fhirJson, list, patient, stored, bundle, entry, observation } from '../requests.ts';
import type { Sent, Shape, Shapes, World } from '../shape.ts';

/** Stores a Patient with names to change. @returns its id and version */
const withPatient = async (n: number, world: World): Promise<string> =>
  stored(world, patient({ name: list(n, (i) => ({ family: `n${i}` })) }));

/** A patch that fails in its last operation: it costs what one that is stored costs, and can be sent again. */
const jsonPatch = (id: string, operations: readonly object[]): Sent => ({
  ...{ method: 'PATCH', path: `Patient/${id}` },
  body: JSON.stringify([...operations, { op: 'test', path: '/active', value: false }]),
  headers: { 'content-type': 'application/json-patch+json', 'if-match': 'W/"1"' },
});

const failing = [
  { name: 'type', valueCode: 'replace' },
  { name: 'path', valueString: 'Patient.birthDate' },
  { name: 'value', valueDate: '2000-01-01' },
];
const fhirPathPatch = (id: string, operations: readonly (readonly object[])[]): Sent => ({
  ...{ method: 'PATCH', path: `Patient/${id}` },
  body: JSON.stringify({
    resourceType: 'Parameters',
    parameter: [...operations, failing].map((part) => ({ name: 'operation', part })),
  }),
  headers: { ...fhirJson, 'if-match': 'W/"1"' },
});

/** A shape of a JSON Patch with n operations. */
const operations = (name: string, n: number, most: number, operation: (i: number) => object): Shape => ({
  ...{ name, n, most, answer: { status: 422, says: 'patch-test-failed' } },
  prepare: (_, world) => withPatient(1, world),
  make: (count, _, id) => jsonPatch(id, list(count, operation)),
});

/** n tags, other ones for each letter. */
const tags = (n: number, letter: string): object => ({
  tag: list(n, (i) => ({ system: 'http://example.org/t', code: `${letter}${i}` })),
});
/** A shape of an operation on n tags of a resource that has n tags a0, a1 …, which it leaves as they are. */
const onTags = (name: string, operation: string, letter: string): Shape => ({
  ...{ name, n: 100, most: 4_000 },
  prepare: (n, world) => stored(world, patient({ meta: tags(n, 'a') })),
  make: (n, _, id) => ({
    ...create({ resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: tags(n, letter) }] }),
    path: `Patient/${id}/${operation}`,
  }),
});

/** Patches, and what is in many resources or versions. */
export const changes: Shapes = [
  onTags('tags that $meta-add finds', '$meta-add', 'a'),
  onTags('tags that $meta-delete does not find', '$meta-delete', 'b'),
  operations('operations of a JSON Patch', 20, 1_000, (i) => ({
    ...{ op: 'add', path: '/name/-' },
    value: { family: `f${i}` },
  })),
  operations('operations of a JSON Patch at the front of a list', 20, 1_000, (i) => ({
    ...{ op: 'add', path: '/name/0' },
    value: { family: `f${i}` },
  })),
  operations('copies of a JSON Patch, each of what was copied before', 5, 40, () => ({
    ...{ op: 'copy', from: '/name', path: '/name/0/extension' },
  })),
  {
    name: 'steps of the path of a JSON Patch',
    n: 20,
    most: 10_000,
    answer: { status: 422, says: 'patch-path-not-found' },
    prepare: (_, world) => withPatient(1, world),
    make: (n, _, id) => jsonPatch(id, [{ op: 'remove', path: '/a'.repeat(n) }]),
  },
  {
    name: 'operations of a FHIRPath Patch',
    n: 20,
    most: 1_000,
    answer: { status: 422, says: 'patch-path-not-found' },
    prepare: (_, world) => withPatient(1, world),
    make: (n, _, id) =>
      fhirPathPatch(
        id,
        list(n, () => [
          { name: 'type', valueCode: 'add' },
          { name: 'path', valueString: 'Patient' },
          { name: 'name', valueString: 'name' },
          { name: 'value', valueHumanName: { family: 'x' } },
        ]),
      ),
  },
  {
    name: 'an update of a resource with many parts',
    n: 40,
    most: 4_000,
    make: (n) => ({
      ...create(patient({ name: list(n, (i) => ({ family: `n${i}` })) })),
      method: 'PUT',
      path: 'Patient?identifier=cost-none',
    }),
  },
  {
    name: 'members of $everything',
    n: 20,
    most: 500,
    async prepare(n, world) {
      const id = await withPatient(1, world);
      const reference = { reference: `Patient/${id}` };
      const { status, text } = await world.ask(
        bundle(
          'batch',
          list(n, () => entry('POST', 'Observation', observation({ subject: reference }))),
        ),
      );
      if (status !== 200) throw new Error(text.slice(0, 500));
      return id;
    },
    make: (_, __, id) => ({ method: 'GET', path: `Patient/${id}/$everything` }),
  },
  {
    name: 'versions in a history',
    n: 8,
    most: 64,
    async prepare(n, world) {
      const id = await withPatient(1, world);
      for (let version = 1; version < n; version += 1) {
        await world.ask({
          ...create({ ...patient({ gender: version % 2 === 0 ? 'male' : 'female' }), id }),
          method: 'PUT',
          path: `Patient/${id}`,
          headers: { ...fhirJson, 'if-match': `W/"${version}"` },
        });
      }
      return id;
    },
    make: (_, __, id) => ({ method: 'GET', path: `Patient/${id}/_history?_count=1000` }),
  },
];
