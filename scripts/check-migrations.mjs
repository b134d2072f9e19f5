// Migrations run in the order of their numbers: two of one folder with the same number, as two branches easily make them, have no order.
// `node scripts/check-migrations.mjs [FOLDER]`: looks at every folder named `migrations` below it (default: this repository).
import { glob } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';

const root = process.argv[2] ?? '.';
const found = new Map();
for await (const file of glob(`${root}/**/migrations/*.sql`, {
  exclude: (path) => /(^|[\\/])node_modules$/.test(path),
})) {
  const number = /^\d+/.exec(basename(file))?.[0];
  const place = number === undefined ? file : `${dirname(file)} ${Number(number)}`;
  found.set(place, [...(found.get(place) ?? []), file]);
}

const named = [...found].flatMap(([place, files]) => (files.length === 1 && files[0] === place ? files : []));
for (const file of named) console.log(`${relative('.', file)} has no number`);
const same = [...found.values()].filter((files) => files.length > 1);
for (const files of same)
  console.log(
    `the same number: ${files
      .map((file) => relative('.', file))
      .sort()
      .join(', ')}`,
  );
if (found.size === 0) console.log(`no migration is below ${root}`);
process.exitCode = named.length + same.length > 0 || found.size === 0 ? 1 : 0;
