// What the pages of cross_site.mjs run in a browser: an application with Apollo Client, and plain fetch.

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';

const login = token => token ? { Authorization: `Bearer ${token}` } : {};

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** Asks a document twice through Apollo Client, by its hash or by the id of a manifest, and returns the answers and what was sent. */
window.askApollo = async ({ url, token, text, id, useGETForHashedQueries }) => {
  const sent = [];
  const record = (uri, init) => {
    sent.push({ method: init.method, hasText: new URL(uri).searchParams.has('query') || (init.body ?? '').includes('"query":') });
    return fetch(uri, init);
  };
  const link = createPersistedQueryLink({ useGETForHashedQueries, ...(id ? { generateHash: () => Promise.resolve(id) } : { sha256 }) });
  const client = new ApolloClient({
    link: link.concat(new HttpLink({ uri: url, fetch: record, headers: login(token) })),
    cache: new InMemoryCache(),
    name: 'page',
    version: '1.0',
  });
  try {
    const answers = [];
    for (let times = 0; times < 2; times++) {
      const { data } = await client.query({ query: gql(text), variables: { first: 2 }, fetchPolicy: 'no-cache' });
      answers.push(data.campaigns.nodes.length);
    }
    return { answers, sent };
  } catch (error) {
    return { status: error.networkError?.statusCode, code: error.networkError?.result?.errors[0].extensions.code, sent };
  } finally {
    client.stop();
  }
};

/** Sends a request by fetch, and returns the answer with the headers that the page may read, or what the browser says. */
window.ask = async ({ url, token, headers, method, body }) => {
  try {
    const response = await fetch(url, { method, headers: { ...login(token), ...headers }, body });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  } catch (error) {
    return { blocked: error.name };
  }
};
