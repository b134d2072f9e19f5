/** Much of what a member may hold, by its schema. */
import { list } from '../../requests.ts';
import { keys } from '../../sso/requests.ts';
import { noGenerator } from '../generator.ts';
import type { Schema } from './announced.ts';

/** A value of any size, under a name for it. */
export interface Value {
  readonly name: string;
  readonly n: number;
  readonly make: (n: number) => unknown;
}

const long: Value = { name: 'a long text', n: 300, make: (n) => 'x'.repeat(n) };
const words: Value = { name: 'many words', n: 50, make: (n) => list(n, (i) => `w${i}`).join(' ') };
const many = (name: string, make: (i: number) => unknown): Value => ({ name, n: 50, make: (n) => list(n, make) });
const [key] = keys(1).jwks.keys;

/** @throws Error for a type that nothing is made of */
export function valuesOf(what: string, schema: Schema): readonly Value[] {
  const type = [schema.type ?? []].flat().find((one) => one !== 'null');
  switch (type) {
    case 'string':
      return schema.enum === undefined ? [long, words] : [long, many('a list of words', () => schema.enum![0])];
    case 'boolean':
      return [many('a list of flags', (i) => i % 2 === 0), long];
    case 'integer':
      return [{ name: 'many digits', n: 50, make: (n) => '9'.repeat(n) }, many('a list of numbers', (i) => i)];
    case 'array':
      return ofList(what, schema.items ?? {});
    case 'object':
      if (schema.properties?.['keys'] === undefined) break;
      return [
        { name: 'many keys', n: 20, make: (n) => ({ keys: list(n, (i) => ({ ...key, kid: `k${i}` })) }) },
        { name: 'many members', n: 50, make: (n) => Object.fromEntries(list(n, (i) => [`m${i}`, i])) },
      ];
    case undefined:
  }
  throw noGenerator(`${what} of the type ${String(schema.type)}`);
}

function ofList(what: string, items: Schema): readonly Value[] {
  const { type, properties } = items;
  const nested: Value = {
    name: 'lists in each other',
    n: 50,
    make: (n) => list(n, () => 0).reduce<unknown>((inner) => [inner], 'x'),
  };
  if (type === 'string') return [many('many texts', (i) => `https://x${i}.example.org/cb`), nested];
  if (type !== 'object' || properties === undefined) throw noGenerator(`${what}, a list of ${String(type)}`);
  const item = (i: number): object =>
    Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, of.enum?.[0] ?? `Practitioner/x${i}`]));
  return [many('many items', item), nested];
}
