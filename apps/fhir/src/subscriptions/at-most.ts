/** Waits for this many milliseconds, or until the promise settles or the signal aborts. */
export function atMost(milliseconds: number, before: Promise<undefined>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds).unref();
    signal.addEventListener('abort', over);
    void before.then(over);
  });
}
