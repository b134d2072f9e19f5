/** `dhp storage`: the bytes of an environment by table, and the bytes for each resource. It changes nothing. */
import { connect } from '@dhp/postgres';
import type { Storage } from '@dhp/fhir-store/kept';
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext } from '../context.ts';
import { DatabaseError } from '../database-error.ts';
import { sized } from '../doctor/node-checks.ts';
import { environmentOf, environmentOption, type EnvironmentName } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { operationMessages } from '../texts/operation.ts';
import { print, table } from '../output.ts';
import { json } from './shared.ts';

/** Tables and indexes below this number of bytes get no line. */
const little = 64 * 1024;

function asText(environment: EnvironmentName, storage: Storage, withIndexes: boolean): string {
  const { database, trail, resources, isCounted, bytesPerResource, tables, indexes, versions } = storage;
  const said = operationMessages[spokenLanguage()].storage;
  const each = (bytes: number): string => (resources === 0 ? '' : grouped(Math.round(bytes / resources)));
  const lines = tables
    .map((one) => ({ ...one, all: one.rows + one.longValues + one.indexes }))
    .filter(({ all }) => all > little)
    .map(({ schema, name, rows, longValues, indexes: ofIndexes, all }) => [
      ...[`${schema}.${name}`, sized(rows), sized(longValues), sized(ofIndexes), sized(all), each(all)],
    ]);
  const rest = database - tables.reduce((sum, one) => sum + one.rows + one.longValues + one.indexes, 0);
  lines.push([said.rest, '', '', '', sized(rest), each(rest)]);
  const parts = [table(['TABLE', 'ROWS', 'LONG VALUES', 'INDEXES', 'ALL', 'PER RESOURCE'], lines)];
  if (withIndexes) {
    const rows = indexes
      .filter(({ bytes }) => bytes > little)
      .map(({ schema, table: of, name, bytes }) => [name, `${schema}.${of}`, sized(bytes), each(bytes)]);
    parts.push(table(['INDEX', 'TABLE', 'SIZE', 'PER RESOURCE'], rows));
  }
  const values = {
    environment,
    database: sized(database),
    trail: sized(trail),
    resources: grouped(Math.round(resources)),
  };
  parts.push(
    `${said.whole(values)}${isCounted ? '' : ` ${said.estimated}`}\n`,
    bytesPerResource === undefined ? '' : `${said.each({ bytes: grouped(Math.round(bytesPerResource)) })}\n`,
    packedAsText(versions),
  );
  return parts.join('\n');
}

function packedAsText({ isCounted, plain, packed, size, bytes, dictionaries }: Storage['versions']): string {
  const said = operationMessages[spokenLanguage()].storage;
  const values = { plain: grouped(plain), packed: grouped(packed), size: sized(size), bytes: sized(bytes) };
  const lines = dictionaries.map(({ number, bytes: length, made }) =>
    said.dictionary({ number: String(number), bytes: sized(length), made: made.toISOString() }),
  );
  return `${[`${said.versions(values)}${isCounted ? '' : ` ${said.sampled}`}`, ...lines].join('\n')}\n`;
}

export const storageCommand: Command = {
  name: 'storage',
  summary: 'Show where the bytes of an environment are, and how many there are for each resource',
  options: {
    environment: environmentOption,
    indexes: { type: 'boolean', help: 'each index, too' },
    json,
  },
  examples: ['dhp storage --environment production --indexes'],
  run: async (values) => {
    const environment = environmentOf(values);
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr));
    const databases = await openCommandDatabases(context);
    try {
      const url = await databases.open(environment);
      const sql = connect(url, { max: 1, applicationName: 'dhp storage', readOnly: true, direct: true });
      try {
        const { isSpread } = await import('@dhp/fhir-store/placement');
        if ((await isSpread(sql)) !== false)
          throw new DatabaseError(operationMessages[spokenLanguage()].storage.onNodes({ environment }));
        const { readStorage } = await import('@dhp/fhir-store/kept');
        const storage = await readStorage(sql);
        if (values['json'] === true) print({ environment, ...storage });
        else process.stdout.write(asText(environment, storage, values['indexes'] === true));
        return 0;
      } finally {
        await sql.end({ timeout: 5 });
      }
    } finally {
      await databases.close();
    }
  },
};
