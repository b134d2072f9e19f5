/** A shell in which the documents' commands work: `curl` that tells each status, `dhp` and `npx dhp` of this tree, files of a reader. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRunner } from '../commands/together.ts';
import type { EnvironmentVariables } from '../processes.ts';

export interface Shell {
  /** Runs a script, which ends at the first command that fails. */
  run(script: string): Promise<Said>;
  close(): Promise<void>;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** HTTP status of each curl, in order. */
  readonly statuses: readonly number[];
}

const main = fileURLToPath(new URL('../../apps/dhp/src/main.ts', import.meta.url));

/** @param files of the folder in which the commands run, by name */
export async function openShell(
  environment: EnvironmentVariables,
  files: Readonly<Record<string, string>>,
): Promise<Shell> {
  const place = mkdtempSync(join(tmpdir(), 'dhp-shell-'));
  const [bin, work] = [join(place, 'bin'), join(place, 'work')];
  for (const folder of [bin, work]) mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(work, name, '..'), { recursive: true });
    writeFileSync(join(work, name), text);
  }
  const runner = await startRunner(place, environment);
  const programs: Record<string, string> = {
    curl: `exec /usr/bin/env PATH="$REAL_PATH" curl -S -w '%{stderr}\\n@status %{http_code}\\n' "$@"`,
    npx: `[ "$1" = dhp ] || { echo "npx $1 is not known here" >&2; exit 127; }\nshift\nexec dhp "$@"`,
    // One that reads standard input gets a process of its own.
    dhp: `case " $* " in *" - "*) exec '${process.execPath}' '${main}' "$@" ;; esac
said=$(mktemp -d '${place}/said-XXXXXX')
code=$(printf '%s\\0' '' "$PWD" "$said" "$@" | PATH="$REAL_PATH" curl -sS --data-binary @- '${runner.url}')
cat "$said/out"
cat "$said/err" >&2
exit "$code"`,
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const real = process.env['PATH'] ?? '';
  const env = { ...environment, HOME: work, REAL_PATH: real, PATH: `${bin}:${real}` };
  return {
    run: (script) => inShell(script, work, env),
    async close() {
      await runner.end();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function inShell(script: string, cwd: string, env: EnvironmentVariables): Promise<Said> {
  return new Promise((resolve) => {
    execFile('sh', ['-euc', script], { cwd, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const statuses = [...stderr.matchAll(/^@status (\d+)$/gm)].map(([, status]) => Number(status));
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr, statuses });
    });
  });
}
