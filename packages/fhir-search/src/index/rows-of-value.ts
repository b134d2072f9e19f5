import type { DateValue, ReferenceValue, StringValue, TokenValue, UriValue, Value } from '../values/index-value.ts';
import { compositeRows, postingRows, type Repetition } from './composite-rows.ts';
import { hash64 } from './hash.ts';
import { keyOf, referenceTexts, tokenText, untypedText } from './keys.ts';
import { addLookedAt, addNumber, addQuantity } from './measured-rows.ts';
import type { RowBuilder } from './row-builder.ts';
import type { PlannedParameter } from './row-plan.ts';
import { textForIndex } from './text-for-index.ts';

/**
 * Adds what one value of a parameter is found by.
 * @param itemType the FHIR type of the item that the value is of
 * @throws BudgetSpent
 */
export function addRows(
  rows: RowBuilder,
  plan: PlannedParameter,
  value: Value,
  itemType: string,
  repetition: Repetition,
): void {
  switch (value.type) {
    case 'token':
      addToken(rows, plan, value, sortable.has(itemType));
      break;
    case 'reference':
      addReference(rows, plan, value);
      break;
    case 'uri':
      addUri(rows, plan, value);
      break;
    case 'string':
      addString(rows, plan, value);
      break;
    case 'date':
      addDate(rows, plan, value);
      break;
    case 'number':
      addNumber(rows, plan.seed, value);
      break;
    case 'quantity':
      if (plan.postedSeed === undefined) addQuantity(rows, plan.seed, value);
      else addLookedAt(rows, plan.seed, plan.postedSeed, value);
      break;
    case 'composite':
      if (plan.posting === undefined) compositeRows(rows, plan.seed, value, repetition);
      else postingRows(rows, plan.seed, plan.posting, value, repetition);
      break;
  }
}

/** Tokens whose codes many resources share, so that they can be kept once to sort by: no identifiers, numbers, ids. */
const sortable = new Set(['code', 'Coding', 'CodeableConcept', 'CodeableReference', 'boolean', 'System.Boolean']);

function addToken(rows: RowBuilder, plan: PlannedParameter, token: TokenValue, isSortable: boolean): void {
  const { system, code, text, identifierType } = token;
  // Where all values have one system, it says nothing.
  const isTold = system !== undefined && plan.extractor.onlySystem === undefined;
  if (code !== undefined) {
    const key = keyOf(plan.seed, tokenText.code(code));
    rows.key(key);
    if (isTold) rows.key(keyOf(plan.seed, tokenText.coding(system, code)));
    if (isSortable) rows.word(plan.seed, key, code);
    if (plan.isPosted) rows.posting(key, systemHash(system));
    for (const type of identifierType) rows.key(keyOf(plan.ofType, tokenText.ofType(type.system, type.code, code)));
  }
  if (isTold && system !== '') rows.key(keyOf(plan.seed, tokenText.system(system)));
  if (text !== undefined) addText(rows, plan.text, text);
}

/** 32 bits of the hash of a system, as postings have it; of an unknown one as of none. */
export function systemHash(system: string | undefined): number {
  return Number(BigInt.asIntN(32, hash64(system ?? '')));
}

/** A word that `:text` searches. */
function addText(rows: RowBuilder, parameter: bigint, text: string): void {
  const cut = textForIndex(text);
  const key = keyOf(parameter, cut);
  rows.key(key);
  rows.word(parameter, key, cut);
}

function addReference(rows: RowBuilder, plan: PlannedParameter, reference: ReferenceValue): void {
  for (const text of referenceTexts(reference)) rows.key(keyOf(plan.refers, text));
  const { identifier, text, id } = reference;
  if (plan.extractor.leadsAnywhere && id !== undefined) rows.key(keyOf(plan.refers, untypedText(id)));
  if (identifier !== undefined) {
    const { system, value } = identifier;
    rows.key(keyOf(plan.identifier, tokenText.code(value)));
    rows.key(keyOf(plan.identifier, tokenText.coding(system, value)));
    if (system !== '') rows.key(keyOf(plan.identifier, tokenText.system(system)));
  }
  if (text !== undefined) addText(rows, plan.text, text);
}

function addUri(rows: RowBuilder, plan: PlannedParameter, { uri }: UriValue): void {
  rows.key(keyOf(plan.seed, uri));
  rows.string(plan.seed, uri);
}

function addString(rows: RowBuilder, plan: PlannedParameter, { normalised, exact }: StringValue): void {
  rows.key(keyOf(plan.exact, exact));
  rows.string(plan.seed, normalised);
}

function addDate(rows: RowBuilder, plan: PlannedParameter, { low, high }: DateValue): void {
  if (plan.isMainDate) rows.mainDate = { low, high };
  else rows.date(plan.seed, low, high);
}
