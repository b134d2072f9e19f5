import { keyOf, seedOf, tokenText } from './keys.ts';

/**
 * Quantities that are posted under the code of the measured thing: a search by value is selective with code and value together, and hardly
 * ever by value alone. Such a quantity and the composite of code and quantity are distinguished in the search row.
 */
const compositeOf: ReadonlyMap<string, string> = new Map([
  ['Observation.value-quantity', 'code-value-quantity'],
  ['Observation.component-value-quantity', 'component-code-value-quantity'],
]);

/**
 * Composites of the resource itself, whose code is that of another parameter: a search with the system of the code also asks for that
 * parameter, and no number is posted under code and system.
 */
const wholeCodes: ReadonlyMap<string, string> = new Map([['Observation.code-value-quantity', 'code']]);

/** Returns the seed whose terms name, for each unit of a quantity, the keys under which its values are posted. */
export function postedSeed(type: string, quantity: string): bigint | undefined {
  return compositeOf.get(`${type}.${quantity}`) === undefined ? undefined : seedOf(type, quantity, 'posted');
}

/**
 * Returns the parameter that has the codes under which a quantity of the resource itself is posted; undefined if it is posted under no code,
 * or under those of a part.
 */
export function codesOfPosted(type: string, quantity: string): string | undefined {
  return wholeCodes.get(`${type}.${compositeOf.get(`${type}.${quantity}`)}`);
}

/** The differences between the key of a quantity by its unit alone and those under which it is posted: with a code, and without. */
export function besideCode(type: string, quantity: string, code: string): readonly bigint[] {
  const [own, posted] = [seedOf(type, quantity), seedOf(type, quantity, 'posted')];
  return [tokenText.code(code), tokenText.system('')].map((text) => own ^ keyOf(posted, text));
}

/** A composite of a code and a quantity under which the quantity is posted. */
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
