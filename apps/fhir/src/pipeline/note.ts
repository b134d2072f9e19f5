import type { Exchange } from '../contract/exchange.ts';
import type { PipelineSettings } from './settings.ts';

/** The eighth step: the patients of whom the answer tells, as long as all of it is there. */
export function note(exchange: Exchange, { recorder }: PipelineSettings): void {
  recorder?.note(exchange);
}
