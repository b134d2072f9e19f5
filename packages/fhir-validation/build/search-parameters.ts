/** The parts of a SearchParameter that the generator reads. https://hl7.org/fhir/R5/searchparameter.html */
export interface SearchParameter {
  readonly url: string;
  readonly type: string;
  readonly expression?: string;
  readonly base?: readonly string[];
}

/** Returns the type and the expression of each parameter that R5 defines, and behind them the resources that have it, by canonical. */
export function encodeSearchParameters(parameters: readonly SearchParameter[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    parameters.map(({ url, type, expression = '', base = [] }) => [url, [type, expression, ...base]]),
  );
}
