/**
 * Deterministic work: how many blocks of this project's code run (function calls, turns of loops, branches taken), counted by
 * V8's precise coverage. Unlike time it is the same on a loaded machine. Work inside built-in functions (a regular expression,
 * `includes` of a long list) does not count: `npm run cost` measures that.
 */
import { Session, type Profiler } from 'node:inspector';

export interface WorkCounter {
  /** Blocks run since the last call. */
  take(): number;
  close(): void;
}

/** Code whose work is counted; the requesting tests, which are files of this process too, are left out. */
const isOurs = ({ url }: Profiler.ScriptCoverage): boolean =>
  url.startsWith('file:') && !url.includes('/node_modules/') && !/\/tests?\//.test(url);

/** Starts to count in this process. Until it is closed everything in it runs slower. */
export function countWork(): WorkCounter {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take() {
      let blocks = 0;
      session.post('Profiler.takePreciseCoverage', (error, taken) => {
        if (error !== null) throw error;
        for (const script of taken.result.filter(isOurs))
          for (const { ranges } of script.functions) for (const { count } of ranges) blocks += count;
      });
      return blocks;
    },
    close() {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}
