// Behaviour of pages with forms: addresses are looked at while they are typed. The server looks at them anyway when they are sent.

for (const field of document.querySelectorAll('[data-check]')) {
  let timer;
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void check(field), 400);
  });
}

/** Checks whether typed addresses can be used, and shows the result below them. */
async function check(field) {
  const place = document.getElementById('redirects-check');
  const asked = field.value.trim();
  let said;
  try {
    const url = `${field.dataset.check}&uris=${encodeURIComponent(asked)}`;
    said = asked === '' ? undefined : await (await fetch(url, { cache: 'no-store' })).json();
  } catch {
    said = undefined; // the server looks at them anyway when they are sent
  }
  // Something else was typed meanwhile, which is checked separately.
  if (field.value.trim() !== asked) return;
  if (said?.fine === false) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
  place.textContent = said === undefined ? '' : said.fine ? field.dataset.fine : said.says;
}
