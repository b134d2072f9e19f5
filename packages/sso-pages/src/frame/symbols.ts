/** The drawings of the pages, as inline SVG, so nothing is fetched for them. They only repeat what the text says. */
import { trustedHtml, type Html } from '@dhp/web-kit';

const star =
  'M0-11 3.22-7.78H7.78V-3.22L11 0 7.78 3.22V7.78H3.22L0 11-3.22 7.78H-7.78V3.22L-11 0-7.78-3.22V-7.78H-3.22Z';
const cross = 'M-1.6-5.5h3.2v3.9h3.9v3.2H1.6v3.9h-3.2V1.6h-3.9v-3.2h3.9z';

/** The eight-pointed star of the tiles with the cross of medicine in it. */
export const mark: Html = trustedHtml(
  `<svg viewBox="-12 -12 24 24" aria-hidden="true"><path fill="#d9b25f" d="${star}"/><path fill="#0b4a57" d="${cross}"/></svg>`,
);

export const tiles: Html = trustedHtml(
  '<svg class="tiles" aria-hidden="true"><pattern id="tiles" width="48" height="48" patternUnits="userSpaceOnUse">' +
    `<g fill="none" stroke="#fff" stroke-width="1"><path transform="translate(24 24) scale(1.55)" d="${star}"/>` +
    '<path d="M24 0v7M24 41v7M0 24h7M41 24h7M0 0l12 12M48 0L36 12M0 48l12-12M48 48L36 36"/></g></pattern>' +
    '<rect width="100%" height="100%" fill="url(#tiles)"/></svg>',
);

function line(path: string): Html {
  return trustedHtml(
    `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`,
  );
}

export const symbols = {
  person: line('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6'),
  record: line('M6 3.5h8.5L18 7v13.5H6zM9 12h6M12 9v6'),
  clock: line('M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.5 2'),
} as const;
