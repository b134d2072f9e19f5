// Follows a job: what the page tells of it is asked for again until it has ended. Without this there is the button that shows it anew.

const delays = { first: 1000, longest: 8000, growth: 1.25 };

async function follow() {
  for (let wait = delays.first; ; wait = Math.min(delays.longest, wait * delays.growth)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden) continue;
    const next = await asked();
    const place = document.getElementById('standing');
    if (next === undefined || place === null) continue;
    if (!next.hasAttribute('data-follow')) {
      end(next.ownerDocument);
      return;
    }
    renew(place, next);
  }
}

/** How it stands now, as the server shows it; undefined where there is no answer, or the visitor has to sign in again. */
async function asked() {
  try {
    const answer = await fetch(location.href, { cache: 'no-store', redirect: 'error' });
    if (!answer.ok) return undefined;
    const shown = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return shown.getElementById('standing') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Puts in what is new alone, so that a reader of the screen hears of that, and focus stays where it is. */
function renew(place, next) {
  const words = place.querySelector('[role=status]');
  const newWords = next.querySelector('[role=status]');
  if (words !== null && newWords !== null && words.textContent !== newWords.textContent)
    words.textContent = newWords.textContent;
  const bar = place.querySelector('progress');
  const newBar = next.querySelector('progress');
  if (bar !== null && newBar?.hasAttribute('value')) bar.value = newBar.value;
  const chip = place.querySelector('.facts .chip');
  const newChip = next.querySelector('.facts .chip');
  if (chip !== null && newChip !== null) chip.replaceWith(newChip);
}

/** All of the page is another one now: its files are there, and its buttons mean something else. */
function end(shown) {
  const main = document.getElementById('main');
  const hadFocus = main.contains(document.activeElement);
  main.replaceChildren(...shown.getElementById('main').children);
  if (hadFocus) main.focus();
}

if (document.querySelector('[data-follow]') !== null) void follow();

// A view is tried while it is written: what comes of it stands above. Without this there is the button.

const form = document.querySelector('form[data-preview]');
let tries = 0;

if (form !== null) {
  let timer;
  form.elements.definition.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void tryOut(), 700);
  });
  form.addEventListener('submit', (event) => {
    if (event.submitter?.value !== 'preview') return;
    event.preventDefault();
    clearTimeout(timer);
    void tryOut();
  });
}

/** Shows the first rows of what stands in the editor, or what is wrong with it. What was asked for later counts. */
async function tryOut() {
  const place = document.getElementById('preview');
  const fields = new URLSearchParams([...new FormData(form)]);
  fields.set('act', 'preview');
  tries += 1;
  const own = tries;
  place.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: fields,
      headers: { 'x-preview': '1' },
      redirect: 'error',
    });
    const shown = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('preview');
    if (own === tries && shown !== null) place.replaceChildren(...shown.childNodes);
  } catch {
    // The rows stay as they are: the server is away, or the visitor has to sign in again.
  }
  if (own === tries) place.removeAttribute('aria-busy');
}

// A file that is too large is refused before it is sent.

for (const field of document.querySelectorAll('input[data-most]'))
  field.addEventListener('change', () => {
    const isTooLarge = [...field.files].some(({ size }) => size > Number(field.dataset.most));
    field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : '');
    if (isTooLarge) field.reportValidity();
  });
