/** Keeps the values that were asked for last; the one not asked for longest leaves first. */
export class BoundedCache<Value> {
  readonly #values = new Map<string, Value>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value of a key, made when it is not there; what `make` throws is thrown on and not kept. */
  get(key: string, make: () => Value): Value {
    let value = this.#values.get(key);
    if (value !== undefined) {
      // A Map keeps the order of insertion: setting again moves the key to the end.
      this.#values.delete(key);
      this.#values.set(key, value);
      return value;
    }
    value = make();
    if (this.#values.size >= this.#capacity) this.#values.delete(this.#values.keys().next().value!);
    this.#values.set(key, value);
    return value;
  }
}
