import { collections } from './collections.ts';
import { conversion } from './conversion.ts';
import { encoding } from './encoding.ts';
import { existence } from './existence.ts';
import { fhir } from './fhir.ts';
import { filtering } from './filtering.ts';
import { math } from './math.ts';
import { strings } from './strings.ts';
import { tree } from './tree.ts';
import type { FunctionDefinition } from './call.ts';

/** Every function of the language by name. A Map, so that `constructor` and the like are not found. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  [existence, filtering, collections, strings, encoding, math, conversion, tree, fhir].flatMap((table) =>
    Object.entries(table),
  ),
);
