/** A logger's settings: JSON lines on standard error, so that standard output holds results alone. */
export function logging(level: string): { level: string; stream: NodeJS.WriteStream } {
  return { level, stream: process.stderr };
}
