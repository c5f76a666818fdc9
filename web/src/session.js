const storageKey = 'decnet-graph:token';

/**
 * The login of this tab: a token that is sent with every request. It is kept in the tab's own storage, which is gone when
 * the tab is closed, and nowhere else. A server that needs no login is never told one.
 */
export class Session {
  #listeners = new Set();
  #storage;
  #url;
  #waiting = [];
  /** What the page shows of it: the token, whether the box to sign in is open, and whether the person has closed it. */
  state;

  /** url is the GraphQL endpoint, which knows whether a token is good. storage is that of a tab, or missing. */
  constructor(url, storage) {
    this.#url = url;
    this.#storage = storage;
    this.state = { token: this.#stored(), isAsking: false, isDismissed: false };
  }

  get token() {
    return this.state.token;
  }

  subscribe = listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = () => this.state;

  /**
   * Asks the person to sign in, because the server has refused a request with this token. Resolves to whether to send the
   * request again: true after signing in, false if the person does not want to.
   */
  ask(refused) {
    if (this.token !== refused) return Promise.resolve(true); // another request has asked meanwhile
    if (this.state.isDismissed) return Promise.resolve(false);
    this.open();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  /** Opens the box. */
  open() {
    this.#set({ ...this.state, isAsking: true });
  }

  /** Tries a token and keeps it if the server accepts it. Resolves to what is wrong, or to an empty text. */
  async signIn(text) {
    const token = text.trim().replace(/^(authorization:\s*)?bearer(\s+|$)/i, '');
    if (!/^[\x21-\x7e]+$/.test(token)) return token ? 'A token has no spaces and no line breaks.' : 'Paste a token.';
    const problem = await this.#problemWith(token);
    if (problem) return problem;
    this.#store(token);
    this.#set({ token, isAsking: false, isDismissed: false });
    this.#answer(true);
    return '';
  }

  /** Closes the box until open is called; requests that wait for it, and further ones, get the server's refusal. */
  dismiss() {
    this.#set({ ...this.state, isAsking: false, isDismissed: true });
    this.#answer(false);
  }

  /** Forgets the token. */
  signOut() {
    this.#store('');
    this.#set({ token: '', isAsking: false, isDismissed: false });
  }

  async #problemWith(token) {
    let response;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization(token) },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
    } catch {
      return 'The server does not answer.';
    }
    if (response.status === 401) return 'The server does not accept this token. It may be mistyped, expired or revoked.';
    if (response.status === 403) return `The server refuses this token: ${await messageOf(response)}`;
    if (response.status === 429) return `Too many attempts. Try again ${waitOf(response)}.`;
    return response.status >= 500 ? 'The server cannot check the token now. Try again later.' : '';
  }

  #answer(again) {
    for (const resolve of this.#waiting.splice(0)) resolve(again);
  }

  #set(state) {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }

  #stored() {
    try {
      return this.#storage?.getItem(storageKey) ?? '';
    } catch {
      return ''; // a browser that stores nothing
    }
  }

  #store(token) {
    try {
      if (token) this.#storage?.setItem(storageKey, token);
      else this.#storage?.removeItem(storageKey);
    } catch {
      // It is kept until the page is left.
    }
  }
}

/** The header of a token; none without one. */
export function authorization(token) {
  return token ? { authorization: `Bearer ${token}` } : {};
}

async function messageOf(response) {
  try {
    return (await response.json()).errors[0].message;
  } catch {
    return 'it gives no reason.';
  }
}

function waitOf(response) {
  const seconds = Number(response.headers.get('retry-after'));
  return seconds > 0 ? `in ${seconds} s` : 'later';
}
