// Decodes a token in this page. It is neither sent nor stored: the field belongs to no form.

const token = document.getElementById('token');
const state = document.getElementById('token-state');
const content = document.getElementById('token-content');

/** The members of a part of a JSON Web Token (RFC 7519). Throws if it is not one. */
function membersOf(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

/** The state of a token by its expiry. A token without one is useless: RFC 9068 requires it, and every server refuses the token. */
function stateOf({ exp }) {
  if (!Number.isFinite(exp)) return 'endless';
  return exp * 1000 < Date.now() ? 'expired' : 'good';
}

function read() {
  const [head, claims, signature, ...rest] = token.value
    .trim()
    .replace(/^Bearer\s+/i, '')
    .split('.');
  content.parentElement.hidden = true;
  state.textContent = '';
  if (token.value.trim() === '') return;
  try {
    if (signature === undefined || rest.length > 0) throw new Error('no token');
    const payload = membersOf(claims);
    content.textContent = JSON.stringify({ header: membersOf(head), payload }, undefined, 2);
    content.parentElement.hidden = false;
    state.textContent = token.dataset[stateOf(payload)];
    if (typeof payload.scope === 'string') document.getElementById('scope').value = payload.scope;
  } catch {
    state.textContent = token.dataset.wrong;
  }
}

token.addEventListener('input', read);
// The field may have been filled before this script ran, or by a browser that goes back to the page.
read();
