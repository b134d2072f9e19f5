/** Output of a program that serves: nobody has to read it. */

/**
 * Keeps the process alive when its output cannot be written, as when `tee` or the collector of a log has ended, or the disk is full.
 * Without a listener, the error would end the process, and callers in flight with it.
 */
export function outliveReaders(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
