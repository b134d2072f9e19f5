import { searchParameters } from '../../generated/definitions.ts';

/** A search parameter as R5 defines it: what others say of it must agree. */
export interface KnownParameter {
  readonly type: string;
  /** Empty for one that is not about a part of the resource. */
  readonly expression: string;
  /** The resources that have it. */
  readonly bases: readonly string[];
}

let known: Readonly<Record<string, readonly string[]>> | undefined;

/** The search parameter of R5 with this canonical, `url` or `url|5.0…`; undefined if R5 defines none. */
export function searchParameterOf(canonical: string): KnownParameter | undefined {
  known ??= JSON.parse(searchParameters) as Record<string, readonly string[]>;
  const [url = '', version = '5.0'] = canonical.split('|');
  if (!version.startsWith('5.0') || !Object.hasOwn(known, url)) return undefined;
  const [type = '', expression = '', ...bases] = known[url]!;
  return { type, expression, bases };
}
