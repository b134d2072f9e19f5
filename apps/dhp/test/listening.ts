/** A front and an endpoint in one process, for tests of their interaction. */
import { openEndpoint, type Served } from '../src/endpoint.ts';
import { openFront, type FrontChoice } from '../src/front.ts';

export interface Listening {
  readonly port: number;
  /** Until then callers are told that the server is starting. */
  attach(served: Served): void;
  close(drainMilliseconds: number): Promise<void>;
}

export async function listen(choice: FrontChoice): Promise<Listening> {
  const front = await openFront(choice);
  const { limits, report } = choice;
  const endpoint = openEndpoint({ ...(limits && { limits }), ...(report && { report }) });
  return {
    port: front.port,
    attach(served) {
      endpoint.attach(served);
      front.serveWith(() => endpoint.accept);
    },
    async close(drain) {
      await Promise.all([front.close(), endpoint.close(drain)]);
    },
  };
}
