/**
 * Returns a GraphiQL fetcher that POSTs each operation to url as JSON.
 *
 * The toolkit's own fetcher brings WebSockets and multipart along, and shows a
 * reply that is not JSON (a proxy's error page) as a parser's complaint.
 */
export function fetcherFor(url) {
  return async (operation, options) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': 'application/json',
        ...options?.headers,
      },
      body: JSON.stringify(operation),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      return { errors: [{ message: notJSON(response, text) }] };
    }
  };
}

function notJSON(response, text) {
  const status = [response.status, response.statusText].join(' ').trim();
  return `The server answered ${status} with something other than JSON: ${text.slice(0, 500)}`;
}
