/** The homes that are open in this process. SIGTERM and SIGHUP close them before they end it, so that no started process remains. */
import type { Home } from './platform.ts';

const homes = new Set<Pick<Home, 'close'>>();
const signals = ['SIGTERM', 'SIGHUP'] as const; // SIGINT of a terminal goes to all processes of a command, and they end by themselves

/** Returns a function that removes it again. */
export function closedBySignals(home: Pick<Home, 'close'>): () => void {
  if (homes.size === 0) for (const signal of signals) process.on(signal, end);
  homes.add(home);
  return () => {
    homes.delete(home);
    if (homes.size === 0) for (const signal of signals) process.off(signal, end);
  };
}

/** Of several signals each waits for the same. */
function end(signal: NodeJS.Signals): void {
  void Promise.allSettled([...homes].map((home) => home.close())).then(() => {
    for (const one of signals) process.off(one, end);
    process.kill(process.pid, signal);
  });
}
