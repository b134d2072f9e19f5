/**
 * Every compartment of R5, every type that can be in it, by every parameter that leads there: a resource is made for each, and one
 * more that leads to another compartment. https://hl7.org/fhir/R5/compartmentdefinition.html
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { scanJson, typeOf } from '@dhp/fhir-model';
import { searchParameter } from '@dhp/fhir-search/parameters';
import { compartments, membersOf, type Compartment } from '../src/search/compartments.ts';
import { startServer, type TestServer } from './environment.ts';
import { found } from './searches.ts';

type Json = Record<string, unknown>;

/** The places of a type that a parameter reads, as names of elements: `subject`, `participant.actor`. */
function placesOf(type: string, parameter: string): string[][] {
  const { expression = '' } = searchParameter(type, parameter)!;
  return expression
    .split('|')
    .map((branch) => branch.trim().replace(/^\((.*)\)$/, '$1'))
    .filter((branch) => branch.startsWith(`${type}.`))
    .map((branch) => branch.replaceAll(/\.where\((?:[^()]|\([^()]*\))*\)|\.(?:ofType|as)\(\w+\)| as \w+/g, ''))
    .map((branch) => branch.split('.').slice(1));
}

/** Whether a reference to the target may stand there. */
function leadsTo(type: string, [name = '', ...rest]: readonly string[], target: string): boolean {
  const element = typeOf(type)?.elements.get(name);
  if (element === undefined) return false;
  if (rest.length > 0) return element.types.some((of) => leadsTo(of, rest, target));
  const isReference = element.types.some((of) => of === 'Reference' || of === 'CodeableReference');
  const { targets = [] } = element;
  return isReference && (targets.length === 0 || targets.includes(target) || targets.includes('Resource'));
}

/** Returns a resource of the type with a reference at a place, in as many arrays as the model says. */
function holding(type: string, [name = '', ...rest]: readonly string[], reference: string): Json {
  const element = typeOf(type)!.elements.get(name)!;
  const of = element.types.find((one) =>
    rest.length > 0 ? typeOf(one)?.elements.has(rest[0]!) : /Reference$/.test(one),
  )!;
  const inner =
    rest.length > 0 ? holding(of, rest, reference) : of === 'Reference' ? { reference } : { reference: { reference } };
  const member = element.choice ? `${name}${of}` : name;
  return { [member]: element.max > 1 ? [inner] : inner };
}

interface Made {
  readonly type: string;
  readonly parameter: string;
  readonly where: 'in' | 'out';
  readonly id: string;
  readonly members: Json;
}

/** Each refers to one resource: `in` to that whose compartment is searched, `out` to another one. */
function madeFor(compartment: Compartment): Made[] {
  let made = 0;
  return [...membersOf(compartment)].flatMap(([type, parameters]) =>
    parameters.flatMap((parameter) =>
      placesOf(type, parameter)
        .filter((place) => leadsTo(type, place, compartment))
        .flatMap((place) =>
          (['in', 'out'] as const).map((where): Made => {
            const id = `${compartment}-${parameter}-${where}-${(made += 1)}`;
            return { type, parameter, where, id, members: holding(type, place, `${compartment}/${where}`) };
          }),
        ),
    ),
  );
}

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

for (const compartment of compartments) {
  describe(`the compartment of a ${compartment}`, () => {
    const made = madeFor(compartment);

    before(async () => {
      const rows = made.map(({ type, id, members }) => {
        const resource = { resourceType: type, id, ...members };
        return { type, id, resource, source: scanJson(JSON.stringify(resource)) };
      });
      await server.store.bulkInsert(Readable.from(rows));
    });

    test('is made with every parameter that leads to it', () => {
      for (const [type, parameters] of membersOf(compartment)) {
        for (const parameter of parameters) {
          const leads = made.some((one) => one.type === type && one.parameter === parameter);
          assert.ok(leads, `${type}.${parameter}`);
        }
      }
    });

    for (const type of membersOf(compartment).keys()) {
      test(`${type}: what leads there, and nothing else`, async () => {
        const inside = made.filter((one) => one.type === type && one.where === 'in');
        const ids = inside.map(({ id }) => `${type}/${id}`);
        assert.deepEqual(await found(server, `/${compartment}/in/${type}?_count=1000`), ids.sort());
      });
    }
  });
}
