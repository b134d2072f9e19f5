/** Times as people type them into `datetime-local` fields: those of the platform's time zone. */

/** @returns undefined when it is no such time */
export function timeIn(timeZone: string, text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return undefined;
  const asUtc = new Date(`${text}Z`);
  if (Number.isNaN(asUtc.getTime())) return undefined;
  // The offset of the zone then: looked up twice, since it may change between the two.
  const guess = new Date(asUtc.getTime() - offsetAt(timeZone, asUtc));
  return new Date(asUtc.getTime() - offsetAt(timeZone, guess));
}

/** In milliseconds, how far the clocks of the zone are ahead of UTC. */
function offsetAt(timeZone: string, at: Date): number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return new Date(`${format.format(at).replace(' ', 'T')}Z`).getTime() - Math.floor(at.getTime() / 1000) * 1000;
}
