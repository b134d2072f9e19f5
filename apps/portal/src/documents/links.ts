/** Links between documents as links between pages. */
import { posix } from 'node:path';
import { errorAbout } from '../errors/error-catalogue.ts';
import { documents, elsewhere } from './list.ts';

const nameOf = new Map(documents.map(({ name, path }) => [path, name]));

/**
 * The address of a link, from a page at `/documents/NAME`.
 * @param from the file that contains the link, from the root of the repository
 * @returns undefined for files of the repository that the portal does not show, and for invalid addresses
 */
export function addressOf(href: string, from: string): string | undefined {
  if (/^(?:mailto:|#)/.test(href)) return href;
  if (/^https?:/.test(href)) return URL.canParse(href) ? href : undefined;
  const [path = '', anchor] = href.split('#', 2);
  const file = posix.join(posix.dirname(from), path);
  const fragment = anchor === undefined ? '' : `#${anchor}`;
  const name = nameOf.get(original(file));
  if (name !== undefined) return `${name}${fragment}`;
  if (file === 'docs/errors.md' && anchor !== undefined && errorAbout(anchor)) return `../errors/${anchor}`;
  const page = elsewhere.get(file);
  return page === undefined ? undefined : `../${page}`;
}

/** The English document of a translation; any other file unchanged. */
export function original(file: string): string {
  return file.replace(/^docs\/(?:uz|ru)\//, 'docs/');
}

/** The address of a picture, from a page at `/documents/NAME`. */
export function pictureAddress(source: string, from: string): string {
  return `pictures/${posix.relative('docs', posix.join(posix.dirname(from), source))}`;
}
