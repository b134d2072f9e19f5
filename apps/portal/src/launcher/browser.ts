/** Simulates the browser of a person who signs in: it keeps cookies, follows redirects and sends forms, only at one server. */

export interface Hop {
  readonly method: 'GET' | 'POST';
  /** For display: path and query. */
  readonly path: string;
  readonly status: number;
}

export interface Landed {
  readonly status: number;
  /** Target of a redirect; undefined for a page. */
  readonly location: URL | undefined;
  readonly html: string;
}

interface Cookie {
  readonly name: string;
  readonly path: string;
  readonly value: string;
}

/** Milliseconds that one request may take. */
const patience = 25_000;
/** Characters of a page that are read. */
const longest = 200_000;

export interface WalkingBrowser {
  readonly hops: readonly Hop[];
  /** @throws Error for an address of another server, and if the server does not answer */
  go(url: URL, form?: URLSearchParams): Promise<Landed>;
}

/** @param o.published public base URL of the server; `internal`: URL at which this process reaches it; `headers` of each request */
export function openBrowser(o: {
  readonly published: string;
  readonly internal: string;
  readonly headers: () => Readonly<Record<string, string>>;
}): WalkingBrowser {
  const hops: Hop[] = [];
  let jar: readonly Cookie[] = [];
  return {
    hops,
    async go(url, form) {
      if (!url.href.startsWith(`${o.published}/`)) throw new Error('Another server');
      const method = form === undefined ? 'GET' : 'POST';
      const sent = jar.filter(({ path }) => isBelow(url.pathname, path)).map(({ name, value }) => `${name}=${value}`);
      const answer = await fetch(`${o.internal}${url.href.slice(o.published.length)}`, {
        ...{ method, redirect: 'manual', signal: AbortSignal.timeout(patience) },
        headers: { ...o.headers(), accept: 'text/html', ...(sent.length > 0 && { cookie: sent.join('; ') }) },
        ...(form !== undefined && { body: form }),
      });
      for (const line of answer.headers.getSetCookie()) jar = withCookie(jar, line, url);
      hops.push({ method, path: `${url.pathname}${url.search}`, status: answer.status });
      const to = answer.headers.get('location');
      const html = (await answer.text()).slice(0, longest);
      return { status: answer.status, location: to === null ? undefined : (URL.parse(to, url) ?? undefined), html };
    },
  };
}

const isBelow = (path: string, of: string): boolean => path === of || path.startsWith(of.endsWith('/') ? of : `${of}/`);

/** The jar after a `Set-Cookie` line (RFC 6265 section 5.2): an expired cookie is removed. */
function withCookie(jar: readonly Cookie[], line: string, { pathname }: URL): readonly Cookie[] {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  const attribute = (wanted: string): string | undefined =>
    attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
  const path = attribute('path') ?? pathname.slice(0, Math.max(pathname.lastIndexOf('/'), 1));
  const others = jar.filter((one) => one.name !== name || one.path !== path);
  const expires = attribute('expires');
  const hasEnded =
    attribute('max-age') === '0' ||
    (expires !== undefined && new Date(expires).getTime() <= Date.now()) ||
    value === '';
  return hasEnded ? others : [...others, { name, path, value }];
}
