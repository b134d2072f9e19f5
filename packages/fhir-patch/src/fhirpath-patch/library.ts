import { createRequire } from 'node:module';
import type { JsonObject } from '../json.ts';

/** A compiled expression. `options` are those of an evaluation. */
type Compiled = (resource: JsonObject, variables: object, options?: object) => unknown[];

/** The part of the library that is used. */
export interface Library {
  /** @throws Error when the text is no FHIRPath */
  readonly parse: (expression: string) => unknown;
  /** @throws Error when the text is no FHIRPath */
  readonly compile: (expression: string) => Compiled;
  /** Selects the contained resource whose id is `%id`. */
  readonly containedById: Compiled;
}

interface Fhirpath {
  parse(expression: string): unknown;
  compile(expression: string, model: object, options: { resolveInternalTypes: boolean }): Compiled;
}

let loaded: Library | undefined;

/** The library, loaded at first use: that takes a tenth of a second, and many servers never see a path. */
export function library(): Library {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    const fhirpath = require('fhirpath') as Fhirpath;
    const r5 = require('fhirpath/fhir-context/r5') as object;
    const compile = (expression: string): Compiled => fhirpath.compile(expression, r5, { resolveInternalTypes: false });
    loaded = {
      parse: (expression) => fhirpath.parse(expression),
      compile,
      containedById: compile('contained.where(id = %id)'),
    };
  }
  return loaded;
}
