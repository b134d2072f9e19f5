/**
 * Reads events as their owner sees them now: a request by the owner that passes all steps of any other request and is recorded like one.
 */
import type { Answer } from '../contract/answer.ts';
import type { CostLimits } from '../contract/costs.ts';
import type { Bearer, Exchange } from '../contract/exchange.ts';
import type { Services } from '../contract/interaction.ts';
import type { FhirRequest } from '../contract/request.ts';
import { requestBudget } from '../http/cost.ts';
import { statusOf } from '../http/errors.ts';
import { partsOf } from '../pipeline/matcher.ts';

export interface AskMeans {
  readonly services: Pick<Services, 'pipeline' | 'clock'>;
  readonly costs: CostLimits;
}

/**
 * The Bundle of `$events`. Rejects with the failure of the request.
 * @param accept media type of the Bundle
 */
export async function askedEvents(
  { services, costs }: AskMeans,
  bearer: Bearer,
  asked: { readonly id: string; readonly since: number; readonly until: number; readonly accept: string },
): Promise<string> {
  const { id, since, until, accept } = asked;
  const path = `/Subscription/${id}/$events`;
  const query = Object.assign(Object.create(null) as Record<string, string>, {
    eventsSinceNumber: String(since),
    eventsUntilNumber: String(until),
  });
  const request: FhirRequest = { method: 'GET', path, ...partsOf(path), query, headers: { accept } };
  const budget = requestBudget(costs, undefined);
  const began = services.clock().getTime();
  const found: { exchange?: Exchange } = {};
  const tell = (status: number, bytes: number, refusal?: unknown): void => {
    const milliseconds = services.clock().getTime() - began;
    services.pipeline.after(request, found.exchange, { time: began, status, bytes, milliseconds }, refusal);
  };
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      services.pipeline.handle(request, {
        authenticate: () => bearer,
        receive: (_, go) => void go({ body: undefined, budget }),
        answer: (exchange, made) => {
          found.exchange = exchange;
          resolve(made);
        },
        refuse: (exchange, error) => {
          found.exchange = exchange;
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      });
    });
    const body = await textOf(answer);
    tell(answer.status, Buffer.byteLength(body));
    return body;
  } catch (error) {
    tell(statusOf(error), 0, error);
    throw error;
  } finally {
    budget.end();
  }
}

async function textOf({ body, stream }: Answer): Promise<string> {
  if (body !== undefined) return body.toString();
  const parts: Buffer[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
