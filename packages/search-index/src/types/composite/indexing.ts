import type { Budget } from '@dhp/budget';
import {
  comparedSeed,
  firstRepetitions,
  inRepetition,
  keyOf,
  partText,
  referenceTexts,
  repetitionText,
  tokenText,
} from '../../keys/keys.ts';
import type { PostingComposite } from '../../keys/posted-numbers.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import { addNumber, addNumberAt } from '../number/indexing.ts';
import { addBesideCode, addQuantity, unitKey } from '../quantity/indexing.ts';
import type { CompositeValue, Value } from '../value.ts';

/** Units of work for one combination of values: a row of the index. Their number is the product of the values of the parts. */
const workOfCombination = 20;

/** Place of a composite and the budget of its rows. */
export interface Repetition {
  /** Its place among the repetitions of the parameter, counted from 0. */
  readonly index: number;
  readonly work: Budget;
  /** `IndexOptions.firstRepetitions` */
  readonly withFirst?: boolean | undefined;
}

/**
 * Adds the rows of one repetition of a composite. https://hl7.org/fhir/R5/search.html#composite
 *
 * Tokens and references are folded into one key in their order; a date, number, string or quantity together with them is a row of that key.
 * Several of these (the ends of a ratio) are separate rows, which lead to the resource, and rows with the number of their repetition.
 * @throws BudgetSpent before more combinations are made than the budget allows; none is left out silently
 */
export function compositeRows(
  rows: RowBuilder,
  seed: bigint,
  { components }: CompositeValue,
  { index, work, withFirst = false }: Repetition,
): void {
  let keys = [seed];
  const measured: { readonly part: number; readonly values: readonly Value[] }[] = [];
  for (const [part, values] of components.entries()) {
    if (values.some(isMeasured)) measured.push({ part, values });
    else keys = combinations(keys, part, values, work);
  }
  const [only, ...others] = measured;
  if (only === undefined) for (const key of keys) rows.key(key);
  else if (others.length === 0) {
    work.spend(workOfCombination * keys.length * only.values.length);
    for (const key of keys) addMeasured(rows, key, only.values);
  } else {
    const isFolded = measured.length < components.length;
    work.spend(2 * workOfCombination * measured.reduce((sum, { values }) => sum + values.length, keys.length));
    if (isFolded) for (const key of keys) addInRepetition(rows, key, index + 1);
    for (const { part, values } of measured) addComparedRows(rows, comparedSeed(seed, part), values, index + 1);
    if (!withFirst || index >= firstRepetitions) return;
    for (const { part, values } of measured) addMeasured(rows, keyOf(seed, repetitionText(part, index)), values);
  }
}

/** A key of the parts that are compared by equality, beside several parts that are compared. */
function addInRepetition(rows: RowBuilder, key: bigint, repetition: number): void {
  rows.key(key);
  rows.key(inRepetition(key, repetition));
}

function addComparedRows(rows: RowBuilder, seed: bigint, values: readonly Value[], repetition: number): void {
  addMeasured(rows, seed, values);
  for (const value of values) {
    if (value.type === 'quantity') addNumberAt(rows, inRepetition(unitKey(seed, value), repetition), value);
    else if (value.type === 'number') addNumberAt(rows, inRepetition(seed, repetition), value);
  }
  const others = values.filter(({ type }) => type === 'date' || type === 'string');
  addMeasured(rows, inRepetition(seed, repetition), others);
}

/** As `compositeRows`, of a code and a quantity that is posted here. */
export function postingRows(
  rows: RowBuilder,
  seed: bigint,
  { posted, code: whole }: PostingComposite,
  { components: [codes = [], quantities = []] }: CompositeValue,
  { work }: Repetition,
): void {
  const keys = new Set<bigint>();
  const others = new Set<bigint>();
  for (const token of codes) {
    if (token.type !== 'token' || token.code === undefined) continue;
    keys.add(keyOf(posted, tokenText.code(token.code)));
    const { system } = token;
    if (whole === undefined && system !== undefined) others.add(keyOf(seed, tokenText.coding(system, token.code)));
  }
  work.spend(workOfCombination * (keys.size + others.size) * quantities.length);
  const under = { keys: [...keys], others: [...others] };
  for (const quantity of quantities) {
    if (quantity.type === 'quantity') addBesideCode(rows, posted, under, quantity);
  }
}

function combinations(keys: readonly bigint[], part: number, values: readonly Value[], work: Budget): bigint[] {
  const forms = [...new Set(values.flatMap(keyForms))].map((form) => partText(part, form));
  work.spend(workOfCombination * keys.length * forms.length);
  return keys.flatMap((key) => forms.map((form) => keyOf(key, form)));
}

/** The texts by which a part can be searched; empty for values that are compared by size or beginning. */
function keyForms(value: Value): readonly string[] {
  switch (value.type) {
    case 'token':
      if (value.code === undefined) return [];
      return value.system === undefined
        ? [tokenText.code(value.code)]
        : [tokenText.code(value.code), tokenText.coding(value.system, value.code)];
    case 'reference':
      return referenceTexts(value);
    case 'uri':
      return [value.uri];
    case 'composite':
    case 'date':
    case 'number':
    case 'quantity':
    case 'string':
      return [];
  }
}

function isMeasured({ type }: Value): boolean {
  return type === 'date' || type === 'number' || type === 'quantity' || type === 'string';
}

function addMeasured(rows: RowBuilder, key: bigint, values: readonly Value[]): void {
  for (const value of values) {
    if (value.type === 'quantity') addQuantity(rows, key, value);
    else if (value.type === 'number') addNumber(rows, key, value);
    else if (value.type === 'date') rows.date(key, value.low, value.high);
    else if (value.type === 'string') rows.string(key, value.normalised);
  }
}
