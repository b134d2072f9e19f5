/** The ninth step: the answer in its requested format. */
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';
import type { InBundle } from '../contract/request.ts';
import { mayWrite } from '../contract/route.ts';
import { present, presentApart, whole } from '../presentation/present.ts';
import { payForConverting } from '../presentation/conversion.ts';
import { plainJson } from '../presentation/presentation.ts';
import { fhirLines } from '../http/respond.ts';
import type { Exchange } from '../contract/exchange.ts';
import type { PipelineSettings } from './settings.ts';

/** Fails with `xml-impossible` or `not-acceptable`. @throws BudgetSpent for a read that costs too much */
export function show(exchange: Exchange, { services }: PipelineSettings): void | Promise<void> {
  const { answer, call, target, presentation } = exchange;
  if (answer === undefined || call === undefined || target === undefined) throw new Error('there is no answer yet');
  const { entry } = exchange.request;
  if (entry !== undefined) return showEntry(exchange, entry, answer, call);
  // Lines have no other format: a parameter in the body may have requested them.
  if (presentation === plainJson || answer.headers['content-type'] === fhirLines) return;
  const { method, path } = target.route;
  const { budget } = call;
  const isRead = method === 'GET' || path.endsWith('/_search');
  const convertApart: Services['convertApart'] = (text, conversion) => {
    budget.hold(text.length, 'the conversion of an answer');
    return services.convertApart(text, conversion);
  };
  const shown = (made: Answer): Answer | Promise<Answer> =>
    presentApart(made, presentation, { convertApart, budget: isRead ? budget : undefined });
  // Parts are assembled if the answer must be converted to another format.
  const result = answer.stream === undefined ? shown(answer) : whole(answer, budget).then(shown);
  if (!(result instanceof Promise)) {
    exchange.answer = result;
    return;
  }
  return result.then((converted) => {
    exchange.answer = converted;
  });
}

/**
 * All answers of a Bundle are in memory until the last one is ready.
 * @throws BudgetSpent if they are larger than the request may hold
 */
function showEntry(
  exchange: Exchange,
  { index, together }: InBundle,
  answer: Answer,
  { budget, isConverted }: Call,
): void | Promise<void> {
  const { presentation, target } = exchange;
  const { route } = target!;
  if (together !== undefined && mayWrite(route)) {
    exchange.answer = present(answer, presentation);
    return;
  }
  const showWhole = (complete: Answer): void => {
    const shown = present(complete, presentation, route.method === 'GET' ? budget : undefined);
    // The answers of writes were paid for with the Bundle.
    if (isConverted === true && !mayWrite(route) && shown.body !== undefined)
      payForConverting(budget, Buffer.byteLength(shown.body));
    // The code that assembled an answer already holds its bytes.
    if (shown.body !== undefined && (shown.version !== undefined || shown.body !== complete.body))
      budget.hold(Buffer.byteLength(shown.body), `the answer of Bundle.entry[${index}]`);
    exchange.answer = shown;
  };
  if (answer.stream !== undefined) return whole(answer, budget).then(showWhole);
  showWhole(answer);
}
