/**
 * The only script of the pages: browsers create and use passkeys only by script. It shows the buttons that need it (without it they stay
 * hidden, and nothing else is missing), calls the authenticator, and sends the form with the answer.
 */
export const passkeyScript = `
for (const form of window.PublicKeyCredential ? document.querySelectorAll('form[data-passkey]') : []) {
  form.hidden = false;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
  form.addEventListener('submit', async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const options = JSON.parse(form.dataset.passkey);
    options.challenge = bytes(options.challenge);
    for (const one of options.excludeCredentials || options.allowCredentials || []) one.id = bytes(one.id);
    if (options.user) options.user.id = bytes(options.user.id);
    const failed = form.querySelector('[role=alert]');
    failed.hidden = true;
    try {
      const made = await navigator.credentials[options.user ? 'create' : 'get']({ publicKey: options });
      const response = {};
      for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
        if (made.response[name]) response[name] = text(made.response[name]);
      const { id, type } = made;
      form.elements.credential.value = JSON.stringify({ id, rawId: text(made.rawId), type, response, clientExtensionResults: {} });
      form.requestSubmit(event.submitter);
    } catch {
      failed.hidden = false;
    }
  });
}
`;
