/** Runs SQL queries, each in a separate process that is ended when its time is over. docs/decisions/0137-sql-over-views.md */
import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  EngineColumn,
  ResultValue,
  SqlEngine,
  SqlLimits,
  SqlResult,
  SqlSession,
  TableValue,
} from '../../contract/sql.ts';
import type { EngineAnswer, EngineOrder } from './engine-words.ts';

const usual: SqlLimits = {
  ...{ milliseconds: 10_000, memory: 384 * 1024 ** 2, rows: 100_000, bytes: 32 * 1024 ** 2 },
  together: 2,
};

/** `fault`: an error of SQLite; `time`, `memory`, `size`: a limit is exceeded; `busy`: too many queries are running. */
export class SqlFault extends Error {
  readonly kind: 'fault' | 'time' | 'memory' | 'size' | 'busy';

  constructor(kind: SqlFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function openSqlEngine(given: Partial<SqlLimits> = {}): SqlEngine {
  const limits = { ...usual, ...given };
  const mostOfClient = Math.max(1, limits.together - 1);
  const sessions = new Map<Session, string>();
  return {
    limits,
    open(client) {
      if (sessions.size >= limits.together) throw new SqlFault('busy', `${String(limits.together)} queries run`);
      if ([...sessions.values()].filter((one) => one === client).length >= mostOfClient)
        throw new SqlFault('busy', `${String(mostOfClient)} of this client run`);
      const session = new Session(limits, () => sessions.delete(session));
      sessions.set(session, client);
      return session;
    },
    close() {
      for (const session of sessions.keys()) session.close();
    },
  };
}

const file = fileURLToPath(new URL('./engine-process.ts', import.meta.url));

/** Nothing can be written, run or loaded, and only the program itself can be read. */
const flags = [
  '--permission',
  '--allow-worker',
  `--allow-fs-read=${dirname(file)}`,
  '--max-old-space-size=128',
  '--no-warnings',
];

/** Tables arrive as fast as the store delivers them. A process that was not ended by then ends itself after this time. */
const longest = 10 * 60_000;

class Session implements SqlSession {
  readonly #limits: SqlLimits;
  readonly #process: ChildProcess;
  readonly #closed: () => void;
  #isGuarded = false;
  #begun: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #fault: SqlFault | undefined;
  readonly #answers: EngineAnswer[] = [];

  constructor(limits: SqlLimits, closed: () => void) {
    this.#limits = limits;
    this.#closed = closed;
    this.#process = spawn(process.execPath, [...flags, file], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (answer) => {
      this.#answers.push(answer as EngineAnswer);
      this.#wake?.();
    });
    for (const event of ['exit', 'error'])
      this.#process.on(event, () => {
        this.#ended(
          new SqlFault('memory', `its tables and what it needs have more than ${String(limits.memory)} bytes`),
        );
      });
  }

  async table(name: string, columns: readonly EngineColumn[]): Promise<void> {
    await this.#done({ do: 'table', name, columns });
  }

  async add(rows: readonly (readonly TableValue[])[]): Promise<void> {
    await this.#done({ do: 'rows', rows });
  }

  async view(name: string, sql: string): Promise<void> {
    await this.#guard();
    await this.#timed(() => this.#done({ do: 'view', name, sql }));
  }

  async query(sql: string, values: Readonly<Record<string, TableValue>>): Promise<SqlResult> {
    await this.#guard();
    const { rows: mostRows, bytes: mostBytes } = this.#limits;
    return this.#timed(() => this.#result({ do: 'query', sql, values, mostRows, mostBytes }));
  }

  close(): void {
    this.#ended(new SqlFault('time', 'the query was ended'));
    this.#process.kill('SIGKILL');
  }

  async #result(order: EngineOrder): Promise<SqlResult> {
    await this.#send(order);
    let columns: readonly EngineColumn[] = [];
    const rows: (readonly ResultValue[])[] = [];
    for (;;) {
      const answer = this.#checked(await this.#next());
      if (answer.kind === 'end') return { columns, rows };
      if (answer.kind === 'columns') ({ columns } = answer);
      if (answer.kind === 'rows') for (const row of answer.rows) rows.push(row);
    }
  }

  async #guard(): Promise<void> {
    if (this.#isGuarded) return;
    this.#isGuarded = true;
    await this.#done({ do: 'guard' });
  }

  async #timed<Made>(run: () => Promise<Made>): Promise<Made> {
    const { milliseconds } = this.#limits;
    const timer = setTimeout(() => {
      this.#ended(new SqlFault('time', `it takes longer than ${String(milliseconds / 1000)} seconds`));
      this.#process.kill('SIGKILL');
    }, milliseconds);
    try {
      return await run();
    } finally {
      clearTimeout(timer);
    }
  }

  async #done(order: EngineOrder): Promise<void> {
    this.#begun ??= this.#ask({ do: 'begin', milliseconds: longest, memory: this.#limits.memory });
    await this.#begun;
    await this.#ask(order);
  }

  async #ask(order: EngineOrder): Promise<void> {
    await this.#send(order);
    this.#checked(await this.#next());
  }

  #send(order: EngineOrder): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    return new Promise((sent) => {
      // Its failure is heard by the end of the process.
      this.#process.send(order, () => sent());
    });
  }

  async #next(): Promise<EngineAnswer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      if (this.#fault !== undefined) throw this.#fault;
      await new Promise<void>((woken) => (this.#wake = woken));
    }
  }

  #checked(answer: EngineAnswer): EngineAnswer {
    const { rows, bytes } = this.#limits;
    if (answer.kind === 'fault') throw new SqlFault('fault', answer.text);
    if (answer.kind === 'too-much')
      throw new SqlFault('size', `its result has more than ${String(rows)} rows, or ${String(bytes)} bytes`);
    return answer;
  }

  #ended(fault: SqlFault): void {
    this.#fault ??= fault;
    this.#closed();
    this.#wake?.();
  }
}
