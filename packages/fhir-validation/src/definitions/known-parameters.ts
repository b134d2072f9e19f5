import { searchParameters } from '../../generated/definitions.ts';

/** The R5 definition of a search parameter. A parameter derived from it must agree with it. */
export interface KnownParameter {
  readonly type: string;
  /** Empty for a parameter that is not computed from the content of the resource. */
  readonly expression: string;
  /** The resource types that have this parameter. */
  readonly bases: readonly string[];
}

let known: Readonly<Record<string, readonly string[]>> | undefined;

/** Returns the R5 search parameter with this canonical (`url` or `url|5.0…`); undefined if R5 defines none. */
export function searchParameterOf(canonical: string): KnownParameter | undefined {
  known ??= JSON.parse(searchParameters) as Record<string, readonly string[]>;
  const [url = '', version = '5.0'] = canonical.split('|');
  if (!version.startsWith('5.0') || !Object.hasOwn(known, url)) return undefined;
  const [type = '', expression = '', ...bases] = known[url]!;
  return { type, expression, bases };
}
