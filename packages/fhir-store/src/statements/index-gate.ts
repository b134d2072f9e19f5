/** Whether the index may be read, asked in the statement that reads it. docs/decisions/0007-search.md, "Completeness" */
/** A tag that makes a fragment with numbers bound, for any SQL library. */
type Tag<Piece> = (strings: TemplateStringsArray, ...values: readonly number[]) => Piece;

/**
 * True while the index definition is the active one and every resource is in it; otherwise the statement ends with an error that
 * `isNotIndexed` recognises. A sub-select without references to the statement around it is evaluated once, before the first row is read: also
 * if nothing would be found.
 */
export function indexComplete<Piece>(sql: Tag<Piece>, version: number): Piece {
  return sql`(select coalesce(
    (select true from fhir.index_state s where s.single and s.complete and s.version = ${version}::int), fhir.not_indexed()))`;
}

/**
 * The same for a search that was parsed while no resource lacked values of a search parameter: if there are such resources by now, the
 * statement ends with that error, too.
 */
export function indexCompleteWithoutGaps<Piece>(sql: Tag<Piece>, version: number): Piece {
  return sql`(select coalesce((select true from fhir.index_state s
    where s.single and s.complete and not s.gaps and s.version = ${version}::int), fhir.not_indexed()))`;
}

/**
 * True while the environment has the search parameters of a generation; otherwise the statement ends with an error that `isStaleDefinition` knows.
 * A parameter that was complete is not any more once its definition has changed, and then the generation is another one.
 */
export function parametersFollow<Piece>(sql: Tag<Piece>, generation: number): Piece {
  return sql`(select coalesce(
    (select true from fhir.own_parameter_state p where p.single and p.generation = ${generation}::int), fhir.outdated()))`;
}

/** The statement needs the index, and resources are missing from it. */
export function isNotIndexed(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === notIndexed;
}

/** SQLSTATE of `fhir.not_indexed()`. */
const notIndexed = 'DHP04';
