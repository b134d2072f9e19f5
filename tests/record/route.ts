/** The route of a request, for counts: its method and its path with names in the place of ids. */
export function routeOf(method: string, path: string): string {
  const segments = path.split('?')[0]!.split('/').slice(1);
  return `${method} /${segments.map(nameOf).join('/')}${segments.length < 2 && path.includes('?') ? '?…' : ''}`;
}

function nameOf(segment: string, place: number, all: readonly string[]): string {
  if (/^[$_.]|^(metadata|healthz|readyz|\*)$/.test(segment)) return segment;
  if (place === 0) return /^[A-Z][A-Za-z]+$/.test(segment) ? ':type' : ':other';
  return all[place - 1] === '_history' ? ':version' : place === 1 ? ':id' : ':more';
}
