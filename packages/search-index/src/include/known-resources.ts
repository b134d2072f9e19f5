import { hash64 } from '../keys/hash.ts';
import { referenceText } from '../keys/keys.ts';
import type { FoundVersion } from '../page/found-version.ts';

type Named = Pick<FoundVersion, 'type' | 'id'>;

/** The resources that a page has already. Each is hashed once: the rounds of `:iterate` may be as many as the resources. */
export class KnownResources {
  readonly #own = new Set<bigint>();
  readonly #ofType = new Map<string, bigint[]>();

  constructor(resources: readonly Named[]) {
    for (const resource of resources) this.add(resource);
  }

  get size(): number {
    return this.#own.size;
  }

  add({ type, id }: Named): void {
    const own = hash64(referenceText(type, id));
    if (this.#own.has(own)) return;
    this.#own.add(own);
    const others = this.#ofType.get(type);
    if (others === undefined) this.#ofType.set(type, [own]);
    else others.push(own);
  }

  has({ type, id }: Named): boolean {
    return this.hasOwn(hash64(referenceText(type, id)));
  }

  /** @param own hash of `Type/<id>` */
  hasOwn(own: bigint): boolean {
    return this.#own.has(own);
  }

  /** Hashes of those of a type, or of all. */
  own(type: string | undefined): readonly bigint[] {
    return type === undefined ? [...this.#own] : (this.#ofType.get(type) ?? []);
  }
}
