/** The fourth step: the format of the answer, and whether the parameters are known. */
import type { Query } from '../contract/query.ts';
import { wantsEvents, wantsLines } from '../http/accept.ts';
import { requireKnownParameters } from '../http/negotiate.ts';
import { presentationByAccept, wantedPresentation } from '../presentation/wanted.ts';
import { plainJson } from '../presentation/presentation.ts';
import type { Presentation } from '../contract/presentation.ts';
import type { Exchange } from '../contract/exchange.ts';

/** Fails with `not-acceptable`, `parameter-invalid` or `parameter-unknown`. */
export function negotiate(exchange: Exchange): void {
  exchange.presentation = presentationOf(exchange, exchange.request.query);
  requireParameters(exchange);
}

/**
 * Returns the format of an answer by the headers and a query. In a Bundle the URL decides everything except the format, which is that of
 * the Bundle.
 */
export function presentationOf({ target, request }: Exchange, query: Query | undefined): Presentation {
  if (target === undefined) return plainJson;
  const { route, type } = target;
  const { entry, headers } = request;
  if (route.parameters === 'any' || route.answersFiles === true) return plainJson;
  if (route.isLive === true && wantsEvents(headers.accept, query)) return plainJson;
  if (route.offersLines === true && entry === undefined && wantsLines(headers.accept, query)) return plainJson;
  if (query === undefined && (entry !== undefined || type !== 'Binary')) {
    return entry === undefined ? presentationByAccept(headers.accept) : plainJson;
  }
  const { method, interaction } = route;
  const isResult = interaction.startsWith('history') || interaction.startsWith('search');
  const isOperation = interaction.startsWith('$');
  // The answer of an operation need not be of the type at its address.
  const shown = isOperation ? '' : interaction === 'capabilities' ? statementType(query) : type;
  if (entry !== undefined) {
    return wantedPresentation({ accept: undefined, query: { ...query, _format: undefined }, type: shown, isResult });
  }
  const isOneBinary = shown === 'Binary' && !isResult;
  const binary = isOneBinary ? (method === 'GET' ? 'read' : 'write') : undefined;
  return wantedPresentation({ accept: headers.accept, query, type: shown, isResult, binary });
}

function statementType(query: Query | undefined): string {
  return query?.['mode'] === 'terminology' ? 'TerminologyCapabilities' : 'CapabilityStatement';
}

export function requireParameters({ target, request }: Exchange): void {
  const { query, headers } = request;
  const route = target?.route;
  if (query === undefined || route === undefined) return;
  if (typeof route.parameters === 'string' || route.ignoresOthers === true) return;
  requireKnownParameters(query, route.parameters, route.interaction, headers['prefer'] as string | undefined);
}
