/** Readers of lists, apart by commas. Each throws a ConfigurationError whose message completes `NAME=value …`. */
import { reject } from './setting.ts';
import { baseUrl } from './values.ts';

/** `*`, or origins as a browser sends them: scheme, host and port, nothing behind. */
export function origins(text: string): '*' | string[] {
  if (text === '*') return text;
  const list = text.split(',').map((part) => part.trim());
  for (const origin of list) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      return reject(`names "${origin}", which is not an origin such as https://app.example.uz`);
    }
  }
  return list;
}

/** `none`, or environments apart by commas. */
export function identityEnvironments(text: string): ('playground' | 'production')[] {
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    if (name === 'playground' || name === 'production') return name;
    return reject(`names "${name}": none, playground or production`);
  });
}

/** Packages, apart by commas: names with or without a version, or paths. */
export function packageList(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  if (list.includes('')) return reject('has an empty place; packages are apart by commas, such as uz.dhp.core@0.7.0');
  return list;
}

/** Base URLs, apart by commas. */
export function baseUrls(text: string): string[] {
  return text.split(',').map((part) => baseUrl(part.trim()));
}

/** `Patient=https://…,Organization=https://…` */
export function profilesByType(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').map((part) => part.trim());
  const wrong = pairs.find((pair) => !/^[A-Z][A-Za-z]+=[a-z][a-z0-9+.-]*:\S+$/.test(pair));
  if (wrong !== undefined) {
    return reject(`names "${wrong}", which is not like Patient=https://example.uz/StructureDefinition/patient`);
  }
  return new Map(
    pairs.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** Hosts as they stand in a URL: `keys.example.uz` or `127.0.0.1:9010`. */
export function hosts(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  for (const host of list) {
    if (
      !URL.canParse(`https://${host}`) ||
      ![new URL(`https://${host}`).host, `${new URL(`https://${host}`).hostname}:443`].includes(host)
    ) {
      return reject(`names "${host}", which is not a host such as keys.example.uz or 127.0.0.1:9010`);
    }
  }
  return list;
}
