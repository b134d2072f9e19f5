/**
 * Deterministic work: how many blocks of this project's code run (function calls, turns of loops, branches taken), counted by
 * V8's precise coverage. Unlike time it is the same on a loaded machine. Work inside built-in functions (a regular expression,
 * `includes` of a long list) does not count: `npm run cost` measures that.
 */
import { Session, type Profiler } from 'node:inspector';

export interface Work {
  /** Blocks. */
  readonly all: number;
  /** Those that looked at one character of a JSON text after the other: they are many, and each is cheap. */
  readonly scanning: number;
}

export interface WorkCounter {
  /** Blocks run since the last call. */
  take(): number;
  takeParts(): Work;
  close(): void;
}

/** Code whose work is counted; the requesting tests, which are files of this process too, are left out. */
const isOurs = ({ url }: Profiler.ScriptCoverage): boolean =>
  url.startsWith('file:') && !url.includes('/node_modules/') && !/\/tests?\//.test(url);

const scanners = /\/(?:fhir-model\/src\/json\/(?:tokens|scan|open-containers)|fhir\/src\/json\/spans)\.ts$/;

/** Starts to count in this process. Until it is closed everything in it runs slower. */
export function countWork(): WorkCounter {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const takeParts = (): Work => {
    let [all, scanning] = [0, 0];
    session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      for (const script of taken.result.filter(isOurs)) {
        let blocks = 0;
        for (const { ranges } of script.functions) for (const { count } of ranges) blocks += count;
        all += blocks;
        if (scanners.test(script.url)) scanning += blocks;
      }
    });
    return { all, scanning };
  };
  return {
    take: () => takeParts().all,
    takeParts,
    close() {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}
