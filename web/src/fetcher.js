import { authorization } from './session.js';

const headersOfJSON = {
  accept: 'application/graphql-response+json, application/json;q=0.9',
  'content-type': 'application/json',
};

/**
 * Returns a GraphiQL fetcher that POSTs each operation to url as JSON, with the token of the session. If the server
 * refuses that, the person is asked to sign in, and the operation is sent again. A header that a person has written into
 * the editor of headers is sent as it is.
 *
 * The toolkit's own fetcher brings WebSockets and multipart along, and shows a
 * reply that is not JSON (a proxy's error page) as a parser's complaint.
 */
export function fetcherFor(url, session) {
  return async (operation, options) => {
    for (;;) {
      const { token } = session;
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headersOfJSON, ...authorization(token), ...lowerCase(options?.headers) },
        body: JSON.stringify(operation),
      });
      if (response.status === 401 && !lowerCase(options?.headers).authorization && (await session.ask(token))) continue;
      const text = await response.text();
      try {
        return parseExactly(text);
      } catch {
        return { errors: [{ message: notJSON(response, text) }] };
      }
    }
  };
}

/** Headers with their names in lower case, so that one replaces another of the same name. */
function lowerCase(headers = {}) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * Parses JSON without losing digits: a number that a JavaScript number cannot
 * hold becomes a JSON.rawJSON object, which JSON.stringify writes as it was.
 * Browsers without JSON.rawJSON round it.
 */
export function parseExactly(text) {
  return JSON.parse(text, (key, value, context) => {
    const isRounded = typeof value === 'number' && context?.source && !isSameNumber(value, context.source);
    return isRounded && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
  });
}

/** Reports whether a number is all that its text says: 1.0 and 1e3 are, 0.1000000000000000001 is not. */
function isSameNumber(value, source) {
  return digitsOf(String(value)) === digitsOf(source);
}

function digitsOf(text) {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return text;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (!significant) return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

function notJSON(response, text) {
  const status = [response.status, response.statusText].join(' ').trim();
  return `The server answered ${status} with something other than JSON: ${text.slice(0, 500)}`;
}
