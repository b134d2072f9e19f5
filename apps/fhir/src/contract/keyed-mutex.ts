/** Runs work on one key one after the other, in the order of the calls; work on other keys continues meanwhile. */
export type KeyedMutex = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;
