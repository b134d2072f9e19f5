/** The environment's own search parameters have changed since the search was understood. Understood again, it can be answered. */
export class SearchParametersChanged extends Error {
  override readonly name = 'SearchParametersChanged';
  readonly code = 'SEARCH_PARAMETERS_CHANGED';

  constructor(cause: unknown) {
    super('The search parameters have changed', { cause });
  }
}
