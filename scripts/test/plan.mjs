// Decides which test files share a process: files in one folder `test` start the same servers, whose loading takes longer than most files.
// Packages with few files share a process, since it takes as long to start as they take to run.
import { createHash } from 'node:crypto';
import { sep } from 'node:path';
import { groupOf, isApart } from './find-files.mjs';

/** With more, one of the last processes would run alone for long; with fewer, the servers would be loaded more often. */
const most = 36;
/** For files that start programs, each of which takes as long as several others. */
const mostWithPrograms = 16;
/** Packages with this many files or fewer share processes with each other. */
const few = 7;

/**
 * @param {string[]} files in the order in which they shall begin
 * @returns {string[][]} the files of each process, in the order in which the processes shall begin
 */
export function inProcesses(files) {
  const places = new Map();
  for (const file of files) {
    const place = isApart(file) ? file : placeOf(file);
    places.set(place, [...(places.get(place) ?? []), file]);
  }
  return joined(places).flatMap(inParts);
}

/** Joins packages with few files, at the place of the first of them. */
function joined(places) {
  const small = [...places].filter(([place, files]) => /^packages\W.*\Wtest$/.test(place) && files.length <= few);
  const others = new Set(small.slice(1).map(([place]) => place));
  const together = small.flatMap(([, files]) => files);
  return [...places]
    .filter(([place]) => !others.has(place))
    .map(([place, files]) => (place === small[0]?.[0] ? together : files));
}

function placeOf(file) {
  const group = groupOf(file);
  if (group !== undefined) return `group: ${group}`;
  const folders = file.split(sep);
  const at = folders.indexOf('test');
  return at < 0 ? file : folders.slice(0, at + 1).join(sep);
}

/** Files with neighbouring names are often of like length: they are dealt out, one to each part. */
function inParts(files) {
  const count = Math.ceil(files.length / (groupOf(files[0]) === 'kept programs' ? mostWithPrograms : most));
  return Array.from({ length: count }, (_, part) => files.filter((_, at) => at % count === part));
}

/** @returns {string[]} the files in an order that follows from the number `seed` */
export function shuffled(files, seed) {
  const places = new Map(files.map((file) => [file, createHash('sha256').update(`${seed} ${file}`).digest('hex')]));
  return files.toSorted((a, b) => (places.get(a) < places.get(b) ? -1 : 1));
}
