/** Onlookers while servers fail: a reader at each node, to whom nothing old may be told, and a follower of the feed of changes. */
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt } from '../../fhir.ts';

interface Stale {
  readonly reads: number;
  /** Reads that were answered with less than had been acknowledged before they began, and for how many milliseconds they continued. */
  readonly old: number;
  readonly lasting: number;
}

/** Writes one resource again and again at `front`, and reads it at every node. */
export function watchReads(
  id: string,
  o: { front: string; nodes: readonly string[]; token: string },
): () => Promise<Stale> {
  let isOver = false;
  let known = 0;
  let [reads, old, first, last] = [0, 0, 0, 0];
  const write = async (): Promise<void> => {
    const ask = fhirAt(o.front, o.token);
    for (let n = 1; !isOver; n += 1) {
      const body = { resourceType: 'Basic', id, code: { text: String(n) } };
      const answer = await ask('PUT', `Basic/${id}`, body).catch(() => undefined);
      if (answer !== undefined && answer.status < 300) known = n;
      await delay(200);
    }
  };
  const read = async (node: string): Promise<void> => {
    const ask = fhirAt(node, o.token);
    while (!isOver) {
      const least = known;
      const answer = await ask('GET', `Basic/${id}`).catch(() => undefined);
      if (answer?.status === 200) {
        reads += 1;
        const { code } = answer.json() as unknown as { code: { text: string } };
        if (Number(code.text) < least) {
          old += 1;
          first ||= performance.now();
          last = performance.now();
        }
      }
      await delay(150);
    }
  };
  const all = Promise.all([write(), ...o.nodes.map(read)]);
  return async () => {
    isOver = true;
    await all;
    return { reads, old, lasting: last - first };
  };
}

export interface Followed {
  /** How often a cursor was told to be gone, so that the follower began again. */
  readonly anew: number;
  /** Versions that were told twice to one who followed. */
  readonly doubles: number;
  /** Versions since it began the last time, `Basic/id/version`. */
  readonly seen: ReadonlySet<string>;
}

interface Page {
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource?: { resourceType: string; id: string; meta: { versionId: string } } }[];
}

/** Follows the feed at one node from its beginning on, and begins again where its cursor is gone. */
export function follow(node: string, token: string): (until: () => boolean) => Promise<Followed> {
  const ask = fhirAt(node, token);
  let seen = new Set<string>();
  let [anew, doubles] = [0, 0];
  let path = '$changes?_count=1000';
  let isIdle = false;
  let isOver: () => boolean = () => false;
  const look = async (): Promise<void> => {
    while (!(isIdle && isOver())) {
      const answer = await ask('GET', path).catch(() => undefined);
      if (answer?.status === 410) {
        anew += 1;
        seen = new Set();
        path = '$changes?_count=1000';
      } else if (answer?.status === 200) {
        const page = answer.json() as unknown as Page;
        for (const name of namesOf(page)) {
          if (seen.has(name)) doubles += 1;
          seen.add(name);
        }
        isIdle = (page.entry ?? []).length === 0;
        const next = page.link.find(({ relation }) => relation === 'next')!.url;
        path = next.slice(next.indexOf('/fhir/') + '/fhir/'.length);
        if (!isIdle) continue;
      }
      await delay(200);
    }
  };
  const looking = look();
  return async (until) => {
    isIdle = false;
    isOver = until;
    await looking;
    return { anew, doubles, seen };
  };
}

/** The whole feed as a node tells it now, in its order. */
export async function wholeFeed(node: string, token: string): Promise<string[]> {
  const ask = fhirAt(node, token);
  const names: string[] = [];
  for (let path = '$changes?_count=1000'; ;) {
    const page = (await ask('GET', path)).json() as unknown as Page;
    const found = namesOf(page);
    if (found.length === 0) return names;
    names.push(...found);
    const next = page.link.find(({ relation }) => relation === 'next')!.url;
    path = next.slice(next.indexOf('/fhir/') + '/fhir/'.length);
  }
}

const namesOf = ({ entry = [] }: Page): string[] =>
  entry.flatMap(({ resource }) =>
    resource === undefined ? [] : [`${resource.resourceType}/${resource.id}/${resource.meta.versionId}`],
  );
