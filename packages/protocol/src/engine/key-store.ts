import type { JWK } from 'jose';
import type { ClientKeys } from '@dhp/clients/authentication';
import type { Registration } from '@dhp/clients/rows';

/** Keys of a client in the form of the engine's key store: ours, fetched through our guard. */
export class ClientKeyStore {
  readonly #client: Registration;
  readonly #keys: ClientKeys;
  #found: readonly JWK[] = [];

  constructor(client: Registration, keys: ClientKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  selectForVerify({ alg, kid }: { alg: string; kid?: string }): readonly JWK[] {
    const isFor = (key: JWK): boolean => key.alg === alg || (key.alg === undefined && alg.startsWith('RS'));
    this.#found = (this.#keys.known(this.#client) ?? [])
      .filter((key) => isFor(key) && (kid === undefined || key.kid === kid))
      .map((key) => ({ ...key, alg }));
    return this.#found;
  }

  getKeyObject(key: JWK): JWK {
    return key;
  }

  /** The engine calls this if no key matched, and retries once after `refresh` if it returns false. */
  fresh(): boolean {
    return this.#found.length > 0 || !this.#keys.mayFetch(this.#client);
  }

  async refresh(): Promise<void> {
    await this.#keys.fetch(this.#client);
  }
}
