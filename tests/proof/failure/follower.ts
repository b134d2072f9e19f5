/** One who follows a history as clients do: by the time of the answer before, or by that of the latest version seen. */
import { hasStatus, type Ask } from '../../fhir.ts';

interface HistoryPage {
  readonly timestamp: string;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource: { id: string; meta: { versionId: string; lastUpdated: string } } }[];
}

/** Asks for all pages of what is new, and then from the next `_since` on. */
export class Follower {
  readonly seen = new Set<string>();
  asked = 0;
  readonly #ask: Ask;
  readonly #by: 'timestamp' | 'latest';
  #since = new Date(0).toISOString();

  constructor(ask: Ask, by: 'timestamp' | 'latest') {
    this.#ask = ask;
    this.#by = by;
  }

  async look(): Promise<void> {
    const since = encodeURIComponent(this.#since);
    let timestamp: string | undefined;
    let latest = new Date(Date.parse(this.#since) + 1_000).toISOString();
    for (let path: string | undefined = `Basic/_history?_since=${since}&_count=200`; path !== undefined;) {
      const page: HistoryPage = hasStatus(await this.#ask('GET', path), 200).json() as unknown as HistoryPage;
      this.asked += 1;
      timestamp ??= page.timestamp;
      for (const { resource } of page.entry ?? []) {
        this.seen.add(`${resource.id}/${resource.meta.versionId}`);
        if (Date.parse(resource.meta.lastUpdated) > Date.parse(latest)) latest = resource.meta.lastUpdated;
      }
      const next = page.link?.find(({ relation }) => relation === 'next')?.url;
      // The public address is that of the first node.
      path = next?.slice(next.indexOf('/fhir/') + '/fhir/'.length);
    }
    // Versions of the same milliseconds have no order that a time could tell.
    this.#since = this.#by === 'timestamp' ? timestamp! : new Date(Date.parse(latest) - 1_000).toISOString();
  }
}
