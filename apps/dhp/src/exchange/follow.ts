/** A job of the server, from its beginning to its result. https://hl7.org/fhir/R5/async-bulk.html */
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { ServerRefusal } from './faults.ts';
import type { Asked, Server } from './server.ts';

/** @returns the address of the job @throws ServerRefusal @throws Interrupted */
export async function kickOff(server: Server, url: string, asked: Asked = {}): Promise<string> {
  const response = await server.ask(url, { ...asked, headers: { ...asked.headers, prefer: 'respond-async' } });
  await response.arrayBuffer();
  const place = response.headers.get('content-location');
  if (response.status === 202 && place !== null && URL.canParse(place, url)) return new URL(place, url).href;
  throw new ServerRefusal(exchangeMessages[spokenLanguage()].noJob({ url, status: response.status }));
}

/**
 * @param onProgress is called with the server's progress text
 * @returns the manifest, or the result to which it leads @throws ServerRefusal with 404 if the server no longer has it @throws Interrupted
 */
export async function follow(server: Server, job: string, onProgress: (said: string) => void): Promise<object> {
  for (;;) {
    const response = await server.ask(job, { headers: { accept: 'application/json' }, expects: [303] });
    if (response.status === 303) return resultOf(server, job, response);
    if (response.status !== 202) return told(response, job);
    await response.arrayBuffer();
    onProgress(response.headers.get('x-progress') ?? '');
    await server.wait(pauseOf(response));
  }
}

/** An export of tables names the address of its result. Requesting that counts as one more request about the job, so it must wait. */
async function resultOf(server: Server, job: string, response: Response): Promise<object> {
  await response.arrayBuffer();
  const place = response.headers.get('location');
  if (place === null || !URL.canParse(place, job)) throw noManifest(job);
  await server.wait(pauseOf(response));
  const url = new URL(place, job).href;
  return told(await server.ask(url), url);
}

async function told(response: Response, url: string): Promise<object> {
  const manifest = (await response.json().catch(() => undefined)) as unknown;
  if (typeof manifest === 'object' && manifest !== null) return manifest;
  throw noManifest(url);
}

function noManifest(url: string): ServerRefusal {
  return new ServerRefusal(exchangeMessages[spokenLanguage()].noManifest({ url }));
}

/** Seconds before the next question: as many as the server wants. */
function pauseOf({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 1);
  return seconds > 0 && seconds < 3600 ? seconds : 1;
}

/** Removes the server's data of a job; it is not an error if it is already gone. */
export async function remove(server: Server, job: string): Promise<void> {
  const response = await server.ask(job, { method: 'DELETE', expects: [404] });
  await response.arrayBuffer();
}
