/** The target of a call: always below the address of one server of the platform, whatever is typed. */

/** Longer addresses pass no proxy. */
const longest = 4_000;

/**
 * Returns the address of a path below a base. The host, the port and the path of the base stay the same: a path that leads elsewhere is
 * invalid.
 * @param base URL at which this process reaches the server, without a final slash
 * @param published its public base URL, with which links in answers begin
 */
export function targetOf(base: string, published: string, given: string): URL | undefined {
  const typed = given.trim();
  const path = typed.startsWith(`${published}/`) ? typed.slice(published.length) : typed;
  // eslint-disable-next-line no-control-regex -- they are what is refused
  if (path.length > longest || /[\u0000-\u0020\u007f\\]/.test(path) || /^[a-z][a-z\d+.-]*:/i.test(path))
    return undefined;
  const root = new URL(base);
  const url = URL.parse(`${base}/${path.replace(/^\/+/, '')}`);
  if (url === null || url.origin !== root.origin || url.username !== '' || url.password !== '') return undefined;
  const top = root.pathname.replace(/\/$/, '');
  if (url.pathname !== top && !url.pathname.startsWith(`${top}/`)) return undefined;
  url.hash = '';
  return url;
}

/** Path and query below the base, for display. */
export function pathBelow(base: string, url: URL): string {
  return `${url.pathname.slice(new URL(base).pathname.replace(/\/$/, '').length) || '/'}${url.search}`;
}
