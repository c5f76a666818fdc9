/**
 * The query and its variables are kept in the fragment of the page's address,
 * which browsers never send, so that the address can be shared.
 */

/** Reads { query, variables } from a fragment; null if it has no query. */
export function readAddress(fragment) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''));
  const query = parts.get('query');
  return query ? { query, variables: parts.get('variables') ?? '' } : null;
}

/** Writes the fragment that readAddress reads. Without a query it is empty. */
export function writeAddress({ query, variables }) {
  if (!query) return '';
  const parts = new URLSearchParams({ query });
  if (variables?.trim()) parts.set('variables', variables);
  return `#${parts}`;
}
