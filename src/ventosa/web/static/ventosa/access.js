// Passkeys: the browser asks the person, the form carries the answer. Works on HTTPS only.
"use strict";
(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  async function create(options) {
    const key = options.creation_options.publicKey;
    const found = await navigator.credentials.create({ publicKey: {
      ...key,
      challenge: bytes(key.challenge),
      user: { ...key.user, id: bytes(key.user.id) },
      excludeCredentials: listed(key.excludeCredentials),
      // A passkey signs in by itself: it is kept on the device, behind its own lock.
      authenticatorSelection: {
        ...key.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required",
      },
    } });
    return said(found, {
      attestationObject: text(found.response.attestationObject),
      transports: found.response.getTransports ? found.response.getTransports() : [],
    });
  }

  async function get(options) {
    const key = options.request_options.publicKey;
    const found = await navigator.credentials.get({ publicKey: {
      ...key, challenge: bytes(key.challenge), allowCredentials: listed(key.allowCredentials),
    } });
    const handle = found.response.userHandle;
    return said(found, {
      authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature),
      userHandle: handle ? text(handle) : null,
    });
  }

  function said(found, response) {
    return {
      id: found.id, rawId: text(found.rawId), type: found.type,
      authenticatorAttachment: found.authenticatorAttachment,
      clientExtensionResults: found.getClientExtensionResults(),
      response: { clientDataJSON: text(found.response.clientDataJSON), ...response },
    };
  }

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });
    return answer.json();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    const problem = form.querySelector("[data-problem]");
    form.querySelector("button").addEventListener("click", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      try {
        const options = await optionsOf(form);
        const answer = form.dataset.passkey === "create" ? await create(options) : await get(options);
        form.elements.credential.value = JSON.stringify(answer);
        form.submit();
      } catch (error) {
        problem.textContent = error.name === "InvalidStateError"
          ? "This device holds a passkey of yours already."
          : "The passkey was not used. Nothing was changed; try once more, or use the password.";
        problem.hidden = false;
      }
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
