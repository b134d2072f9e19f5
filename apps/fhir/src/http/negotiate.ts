/** Query parameters and preferences. https://hl7.org/fhir/R5/http.html#parameters */
import type { Query } from '../contract/query.ts';
import { fail } from './errors.ts';

/** Parameters that every interaction accepts. */
const general: readonly string[] = ['_format', '_pretty', '_summary', '_elements'];

/** Fails with `parameter-unknown` for a parameter the interaction does not know, unless the client is lenient about it. */
export function requireKnownParameters(
  query: Query,
  known: readonly string[],
  interaction: string,
  prefer: string | undefined,
): void {
  for (const name of Object.keys(query)) {
    if (general.includes(name) || known.includes(name) || isLenient(prefer)) continue;
    const diagnostics =
      `${interaction} knows these parameters: ${[...new Set([...general, ...known])].join(', ')}. ` +
      'With "Prefer: handling=lenient" unknown ones are ignored.';
    fail('parameter-unknown', { name: name.slice(0, 100) }, { diagnostics, expression: `http.${name.slice(0, 100)}` });
  }
}

/** `Prefer: handling=lenient` (https://hl7.org/fhir/R5/search.html#errors). */
export function isLenient(prefer: string | undefined): boolean {
  return prefer !== undefined && /(^|[,;\s])handling\s*=\s*"?lenient"?\s*($|[,;\s])/i.test(prefer);
}

export type Return = 'minimal' | 'representation' | 'OperationOutcome';

/** `Prefer: return=…` (https://hl7.org/fhir/R5/http.html#ops); unknown preferences are ignored, as RFC 7240 says. */
export function preferredReturn(prefer: string | undefined): Return {
  if (prefer === undefined) return 'representation';
  if (prefer === 'return=minimal') return 'minimal'; // the value of most entries of a Bundle
  const value = /(?:^|[,;\s])return\s*=\s*"?(\w+)"?/i.exec(prefer)?.[1];
  return value === 'minimal' || value === 'OperationOutcome' ? value : 'representation';
}

/** `Prefer: respond-async` (RFC 7240, section 4.1). */
export function prefersAsync(prefer: string | undefined): boolean {
  return prefer !== undefined && /(^|[,;\s])respond-async\s*($|[,;])/i.test(prefer);
}

/** `Prefer: separate-export-status` (https://hl7.org/fhir/uv/bulkdata/export.html#separate-export-status). */
export function prefersSeparateStatus(prefer: string | undefined): boolean {
  return prefer !== undefined && /(^|[,;\s])separate-export-status\s*($|[,;])/i.test(prefer);
}

/** The other preferences, for a request that is answered at once now: where this one stayed, a job would become another job. */
export function withoutAsync(prefer: string): string {
  return prefer.replace(/(^|[,;\s])(?:respond-async|wait\s*=\s*"?\d*"?)(?=$|[,;\s])/gi, '$1').trim();
}
