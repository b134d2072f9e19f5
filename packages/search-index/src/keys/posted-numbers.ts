import { keyOf, seedOf, tokenText } from './keys.ts';

/**
 * Quantities that are posted under the code of what was measured: where a search by value leads is told by code and value together,
 * and hardly ever by a value alone. Such a quantity and the composite of the code and it are told apart in the search row.
 */
const compositeOf: ReadonlyMap<string, string> = new Map([
  ['Observation.value-quantity', 'code-value-quantity'],
  ['Observation.component-value-quantity', 'component-code-value-quantity'],
]);

/**
 * Composites of the resource itself, whose code is that of another parameter: a search that tells the system of the code asks for
 * that parameter too, and no number is under code and system.
 */
const wholeCodes: ReadonlyMap<string, string> = new Map([['Observation.code-value-quantity', 'code']]);

/** Returns the seed whose terms name, for each unit of a quantity, the keys under which its values are posted. */
export function postedSeed(type: string, quantity: string): bigint | undefined {
  return compositeOf.get(`${type}.${quantity}`) === undefined ? undefined : seedOf(type, quantity, 'posted');
}

/**
 * Returns the parameter that has the codes under which a quantity of the resource itself is posted; undefined if it is posted under none, or
 * under those of a part.
 */
export function codesOfPosted(type: string, quantity: string): string | undefined {
  return wholeCodes.get(`${type}.${compositeOf.get(`${type}.${quantity}`)}`);
}

/**
 * The differences between the key of a quantity by its unit alone and those under which it is posted: beside a code, and beside none.
 */
export function besideCode(type: string, quantity: string, code: string): readonly bigint[] {
  const [own, posted] = [seedOf(type, quantity), seedOf(type, quantity, 'posted')];
  return [tokenText.code(code), tokenText.system('')].map((text) => own ^ keyOf(posted, text));
}

/** A composite of a code and a quantity by which the quantity is posted. */
export interface PostingComposite {
  /** The quantity's, whose words are the units, and that of the keys under which it is posted. */
  readonly units: bigint;
  readonly posted: bigint;
  /** The parameter that has the same codes. */
  readonly code: string | undefined;
}

const composites = new Map<string, PostingComposite>(
  [...compositeOf].map(([place, composite]): [string, PostingComposite] => {
    const [type = '', quantity = ''] = place.split('.');
    const units = seedOf(type, quantity);
    const posted = seedOf(type, quantity, 'posted');
    return [`${type}.${composite}`, { units, posted, code: wholeCodes.get(`${type}.${composite}`) }];
  }),
);

export function postingComposite(type: string, composite: string): PostingComposite | undefined {
  return composites.get(`${type}.${composite}`);
}

/** The key of a quantity that is beside no code. */
export function codelessKey(posted: bigint, unit: string): bigint {
  return keyOf(keyOf(posted, tokenText.system('')), unit);
}
