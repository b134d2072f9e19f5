export interface Kept {
  start(): void;
  /** Ends it, and does it once more. */
  close(): Promise<void>;
}

/** Runs work every `seconds`, never twice at a time. @param o.onError called with a failure; the work is tried again */
export function keepAt(
  seconds: number,
  work: (now: Date) => Promise<void>,
  { clock, onError }: { readonly clock: () => Date; readonly onError: (error: unknown) => void },
): Kept {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const run = (): Promise<void> =>
    (running ??= work(clock())
      .catch(onError)
      .finally(() => (running = undefined)));
  return {
    start() {
      timer ??= setInterval(() => void run(), seconds * 1000).unref();
      void run();
    },
    async close() {
      clearInterval(timer);
      await running;
      await run();
    },
  };
}
