/**
 * Payment for reads of a search beyond the found resources: ends of chains, and rows to which candidates lead. docs/decisions/0051-reads-of-searches.md
 */
import type { Budget } from '@dhp/budget';
import { compartmentSeeds } from '../row-condition/compartment-seeds.ts';
import type { RowCondition } from '../row-condition/row-condition.ts';
import { SearchTimeout } from '../sql/search-errors.ts';

/**
 * Units of a page of the database that is read from memory: a microsecond or two. The following costs are in pages; the proof `announced`
 * compares them with the pages that PostgreSQL reports.
 */
const unitsOfPage = 10;
/** Pages of a candidate of a look-up: its posting, and its index row. */
const pagesOfCandidate = 6;
/** The same for a cancelled look-up: no index row is read. */
const pagesOfGivenUp = 1;
/** Pages of a row that is found: once more its row of the index. */
const pagesOfRow = 4;
/** Pages of a scan of the contained resources of a type, of which some thousand are read at most. */
const pagesOfContained = 100;
/** The same for a text of `fhir.word`: those of one parameter may be on as many pages. */
const pagesOfWord = 1;
/** The most units of one look-up: a single one must not be all that a request may do, however much is stored. */
const mostOfLookUp = 5_000_000;
/** The same for a row that is counted: most are in the index, many on a page. */
const pagesOfCounted = 0.2;
/**
 * Pages of the rows to which a row leads: each of its keys may be a reference, and is looked up; but a reference to the patient of its
 * compartment is known unless there are several, and rows that refer to a patient this way have a separate index. `keys`: all references of
 * each row of a look-up are followed.
 */
const pagesOf = { join: 40, patient: 15, ofPatient: 20, keys: 70 };

/** A round of `:iterate` is a statement, and as many rounds may follow as there are resources. */
const unitsOfRound = 1_000;
/** Bytes of a body that are parsed for one unit. */
const bytesOfUnit = 16;

/** @throws BudgetSpent if nothing is left for a look-up */
export function requireRoom(budget: Budget | undefined): void {
  budget?.requireLeft(placeOfLookUps);
}

/** For a look-up of the ends of chains and `_has`. @param follows references of each row that are followed */
export function payForEnds(
  budget: Budget | undefined,
  {
    where,
    candidates,
    rows,
    follows,
  }: { where: RowCondition; candidates: number; rows: number; follows?: Reference | undefined },
): void {
  const ofCandidate = pagesOfCandidate + (follows === undefined ? 0 : pagesFollowed(follows)) + pagesOfJoins(where);
  payForLookUp(budget, candidates * ofCandidate + rows * pagesOfRow);
}

/** For a look-up that had more candidates than it may have. */
export function payForGivenUp(budget: Budget | undefined, candidates: number): void {
  payForLookUp(budget, candidates * pagesOfGivenUp);
}

/** For contained resources that were looked through. */
export function payForContained(budget: Budget | undefined, rows: number): void {
  payForLookUp(budget, pagesOfContained + rows * pagesOfRow);
}

/** For texts that were compared with a part of one. */
export function payForWords(budget: Budget | undefined, words: number): void {
  payForLookUp(budget, words * pagesOfWord);
}

/** For the rows to which candidates of a page lead, by the pages of one. */
export function payForJoins(
  budget: Budget | undefined,
  { pages, candidates, rows }: { pages: number; candidates: number; rows: number },
): void {
  if (pages > 0) payForAnswer(budget, pages * Math.max(candidates, rows));
}

/**
 * For a round of includes.
 * @param known resources that it leaves out
 * @param bytes of the bodies that are searched for references
 * @throws BudgetSpent if nothing is left for it
 */
export function payForRound(
  budget: Budget | undefined,
  { known, includes, bytes }: { known: number; includes: number; bytes: number },
): void {
  budget?.requireLeft(placeOfIncludes);
  budget?.spend(unitsOfRound + known + (bytes / bytesOfUnit) * (1 + includes / 4), placeOfIncludes);
}

/** For rows that were counted. */
export function payForTotal(budget: Budget | undefined, { pages, rows }: { pages: number; rows: number }): void {
  payForAnswer(budget, rows * (pagesOfCounted + pages));
}

/** For a statement that ran into its time limit: the amount of its reads is unknown. @throws the error of the statement */
export async function payForTime<Result>(
  budget: Budget | undefined,
  statement: () => Promise<Result>,
): Promise<Result> {
  try {
    return await statement();
  } catch (error) {
    if (error instanceof SearchTimeout) payForAnswer(budget, Infinity);
    throw error;
  }
}

interface Reference {
  /** The type that has it. */
  readonly from: string;
  readonly seeds: readonly bigint[];
  /** The type that it leads to. */
  readonly to: string;
}

/** A Patient that refers to another one is in the compartments of both. */
function pagesFollowed({ from, seeds, to }: Reference): number {
  return from !== 'Patient' && isOfCompartment(seeds, to) ? pagesOf.patient : pagesOf.keys;
}

function isOfCompartment(seeds: readonly bigint[], to = 'Patient'): boolean {
  return to === 'Patient' && seeds.every((seed) => compartmentSeeds().has(seed));
}

/** Pages that a candidate's test reads of other resources, if all of its conditions are evaluated. */
export function pagesOfJoins(condition: RowCondition): number {
  const { op } = condition;
  if (op === 'all' || op === 'any') return condition.of.reduce((sum, each) => sum + pagesOfJoins(each), 0);
  if (op === 'not') return pagesOfJoins(condition.of);
  if (op !== 'refers' && op !== 'referred' && op !== 'holds') return 0;
  return pagesOfJoin(condition) + pagesOfJoins(condition.where);
}

function pagesOfJoin(condition: Extract<RowCondition, { op: 'refers' | 'referred' | 'holds' }>): number {
  if (condition.op === 'holds') return pagesOf.join;
  const { seeds, type } = condition;
  if (condition.op === 'refers') return isOfCompartment(seeds, type) ? pagesOf.patient : pagesOf.join;
  return isOfCompartment(seeds) ? pagesOf.ofPatient : pagesOf.join;
}

/** @throws BudgetSpent */
function payForLookUp(budget: Budget | undefined, pages: number): void {
  budget?.spend(Math.min(unitsOfPage * pages, mostOfLookUp), placeOfLookUps);
}

/**
 * The amount is not known before: it takes at most half of the rest, so that no search is refused after all of its work is done, but later
 * work is.
 */
function payForAnswer(budget: Budget | undefined, pages: number): void {
  budget?.spend(Math.min(unitsOfPage * pages, budget.workLeft / 2), placeOfLookUps);
}

const placeOfIncludes = 'the includes of a search';
const placeOfLookUps = 'what the chains and _has of a search lead to';
