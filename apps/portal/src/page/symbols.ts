/** The drawings of the page, defined once and used by reference. */
import { markup, type Html } from '@dhp/web-kit';

type SymbolName =
  'star' | 'copy' | 'warning' | 'state-ready' | 'state-not-ready' | 'state-unreachable' | 'state-unknown';

/** A drawing that only repeats the text beside it. */
export function icon(name: SymbolName): Html {
  return markup`<svg class="icon" aria-hidden="true"><use href="#${name}" /></svg>`;
}

/**
 * The states differ by shape, not by colour alone: a tick in a disc, an hourglass-like bar in a triangle, a cross in an
 * octagon, a broken circle. The star is the eight-pointed one of Samarkand's tiles: two squares, one turned by 45 degrees.
 */
export const symbols = markup`<svg class="symbols" aria-hidden="true" width="0" height="0">
  <symbol id="star" viewBox="-12 -12 24 24">
    <path
      fill="currentColor"
      d="M0-11 3.22-7.78H7.78V-3.22L11 0 7.78 3.22V7.78H3.22L0 11-3.22 7.78H-7.78V3.22L-11 0-7.78-3.22V-7.78H-3.22Z"
    />
    <path fill="none" stroke="var(--star-heart, #fff)" stroke-width="1.4" d="M0-5.2 5.2 0 0 5.2-5.2 0Z" />
  </symbol>
  <symbol id="copy" viewBox="0 0 20 20">
    <path
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linejoin="round"
      d="M7 7h9v9.5H7zM13 7V3.5H4V13h3"
    />
  </symbol>
  <symbol id="warning" viewBox="0 0 20 20">
    <path fill="none" stroke="currentColor" stroke-width="1.6" d="M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3" />
    <path stroke="currentColor" stroke-width="1.8" stroke-linecap="round" d="M10 12.2v1.6" />
  </symbol>
  <symbol id="state-ready" viewBox="0 0 20 20">
    <circle cx="10" cy="10" r="9" fill="currentColor" />
    <path fill="none" stroke="var(--on-state)" stroke-width="2.2" d="m5.6 10.4 3 3 5.8-6.4" />
  </symbol>
  <symbol id="state-not-ready" viewBox="0 0 20 20">
    <path fill="currentColor" d="M10 1 19.5 18H.5z" />
    <path stroke="var(--on-state)" stroke-width="2.2" d="M10 7v5.4M10 14v2.2" />
  </symbol>
  <symbol id="state-unreachable" viewBox="0 0 20 20">
    <path fill="currentColor" d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" />
    <path stroke="var(--on-state)" stroke-width="2.2" d="m6.4 6.4 7.2 7.2m0-7.2-7.2 7.2" />
  </symbol>
  <symbol id="state-unknown" viewBox="0 0 20 20">
    <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="4.2 2" />
  </symbol>
</svg>`;
