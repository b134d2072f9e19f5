/**
 * The look of a page for accessibility rules: two pages with equal looks keep and break the same rules, whatever their language. So axe
 * needs to check only one of them (decision 97).
 */
import type { Page } from 'playwright-core';

/**
 * Runs in the page. For each element: its name, attributes (for texts only whether they are present, for references whether their targets
 * exist), colours, whether it is visible, has text or scrolls, the kinds of its children, and the same for all its ancestors; each kind of
 * element once, however often it occurs. For the page: the order of its headings, its landmarks, whether ids are unique, and whether it has
 * a title and a language.
 */
export const look = `(() => {
  const exact = /^(?:class|style|role|type|tabindex|autocomplete|scope|http-equiv|aria-(?!label$|description$|roledescription$|valuetext$|placeholder$).+)$/;
  const references = /^(?:for|aria-(?:labelledby|describedby|controls|owns|details|flowto|errormessage|activedescendant))$/;
  const leads = (ids) => ids.split(/\\s+/).every((id) => id === '' || document.getElementById(id) !== null);
  const isThere = (text) => String((text ?? '').trim() !== '');
  const isAnchor = (name, value) => name === 'href' && value.startsWith('#');
  function valueOf({ name, value, ownerElement }) {
    if (references.test(name)) return String(leads(value));
    if (isAnchor(name, value)) return String(leads(value.slice(1)));
    return exact.test(name) || ownerElement.name === 'viewport' ? value : isThere(value);
  }
  const kindOf = (element) => element.localName + ' ' + (element.getAttribute('role') ?? '');
  const unique = (values) => [...new Set(values)].sort();
  const isLarge = ({ fontSize, fontWeight }) => parseFloat(fontSize) >= (Number(fontWeight) >= 700 ? 18.66 : 24);
  const says = (element) => element.textContent.trim() !== '' || element.querySelector('[aria-label], [alt]:not([alt=""]), title') !== null;
  function ownOf(element) {
    const style = getComputedStyle(element);
    const scrolls = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
    const isScrolled = /auto|scroll/.test(style.overflow) && scrolls;
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    return [
      element.localName,
      ...[...element.attributes].map((one) => one.name + '=' + valueOf(one)).sort(),
      ...[style.color, style.backgroundColor, style.backgroundImage === 'none', style.opacity, style.textDecorationLine],
      ...[isLarge(style), element.checkVisibility(), text, says(element), isScrolled],
      ...unique([...element.children].map(kindOf)),
    ].join('|');
  }
  // FNV-1a of 32 bits, from two beginnings.
  function hashOf(text) {
    let [a, b] = [0x811c9dc5, 0x01234567];
    for (let at = 0; at < text.length; at += 1) {
      a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
      b = Math.imul(b ^ text.charCodeAt(at), 0x01000193);
    }
    return (a >>> 0).toString(36) + (b >>> 0).toString(36);
  }
  const hashes = new Map();
  for (const element of document.querySelectorAll('*'))
    hashes.set(element, hashOf((hashes.get(element.parentElement) ?? '') + ownOf(element)));
  const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((one) => one.localName);
  const nameOf = (element) => element.getAttribute('aria-label') ?? document.getElementById(element.getAttribute('aria-labelledby'))?.textContent ?? '';
  const landmarks = [...document.querySelectorAll('main, nav, header, footer, aside, section[aria-label], section[aria-labelledby], form[aria-label], [role]')].map(
    (one) => kindOf(one) + ' ' + nameOf(one),
  );
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  const known = ['uz', 'uz-Cyrl', 'ru', 'en'];
  return JSON.stringify([
    unique(hashes.values()),
    headings.filter((one, at) => one !== headings[at - 1]),
    unique(landmarks.filter((one, at) => landmarks.indexOf(one) !== at)),
    new Set(ids).size === ids.length,
    isThere(document.title),
    unique([...document.querySelectorAll('[lang]')].map((one) => one.lang).filter((one) => !known.includes(one))),
  ]);
})()`;

/** Returns a text that is equal for pages that look alike. */
export function lookOf(page: Page): Promise<string> {
  return page.evaluate<string>(look);
}
