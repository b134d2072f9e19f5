/** The archive of the log: PostgreSQL passes each finished segment to a command, and does not remove it before that succeeds. */
import { join } from 'node:path';
import type { Settings } from '../embedded/settings.ts';
import { namesIn, type BackupPlace } from './place.ts';
import { historyName, parseHistory, parseSegment, type Branch } from './segments.ts';
import { readFile } from 'node:fs/promises';

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;
/** PostgreSQL replaces `%p`, `%f` and `%%` in its commands. */
const inCommand = (path: string): string => quoted(path).replaceAll('%', '%%');

/**
 * Settings of a server that archives its log. A segment appears atomically, is on the disk before PostgreSQL may remove it, and never
 * replaces another one: an existing segment with other content is a failure, which `dhp doctor` reports.
 * @param seconds after which a segment is closed although it is not full; newer changes are lost with the disk
 */
export function archiveSettings({ wal }: BackupPlace, seconds = 60): Settings {
  return {
    archive_mode: 'on',
    archive_timeout: String(seconds),
    archive_command: [
      `d=${inCommand(wal)}; f="$d/%f"; n="$d/.%f.new"; umask 077`,
      // An existing file may come from an attempt that a crash ended before it was on the disk.
      'if [ -e "$f" ]; then cmp -s "%p" "$f" && sync "$f"; else cp "%p" "$n" && sync "$n" && mv "$n" "$f"; fi && sync "$d"',
    ].join('; '),
  };
}

/** @param sources folders that contain segments, tried in this order */
export function restoreCommand(sources: readonly string[]): string {
  return sources.map((folder) => `cp ${inCommand(folder)}/%f "%p" 2>/dev/null`).join(' || ');
}

export interface Archive {
  /** The newest known timeline. */
  readonly newest: number;
  branchesOf(timeline: number): Promise<readonly Branch[]>;
  /** Numbers of the segments of a timeline, ascending. */
  segmentsOf(timeline: number): readonly bigint[];
}

/** @param sources folders that contain segments */
export async function readArchive(sources: readonly string[], segmentSize: number): Promise<Archive> {
  const lists = await Promise.all(sources.map(namesIn));
  const names = [...new Set(lists.flat())];
  const segments = names.flatMap((name) => parseSegment(name, segmentSize) ?? []);
  const histories = names
    .flatMap((name) => /^([0-9A-F]{8})\.history$/.exec(name)?.[1] ?? [])
    .map((id) => Number(`0x${id}`));
  return {
    newest: Math.max(1, ...histories, ...segments.map(({ timeline }) => timeline)),
    async branchesOf(timeline) {
      for (const folder of sources) {
        const text = await readFile(join(folder, historyName(timeline)), 'utf8').catch(() => undefined);
        if (text !== undefined) return parseHistory(text);
      }
      return [];
    },
    segmentsOf: (timeline) =>
      segments
        .filter((one) => one.timeline === timeline)
        .map(({ number }) => number)
        .sort((a, b) => (a < b ? -1 : 1)),
  };
}
