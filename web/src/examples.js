/** The groups of the menu; the keys are those of the examples' files. */
export const users = [
  ['front end', 'For a front end'],
  ['analyst', 'For an analyst'],
  ['integration', 'For an integration'],
];

/** Loads the examples that the server has; none if they cannot be read. */
export async function loadExamples(url) {
  try {
    const response = await fetch(url);
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

/**
 * Returns an example's query and variables, with the values that its finding
 * queries bring from the database. A value that cannot be found stays as the
 * example has it.
 */
export async function fill(example, ask) {
  if (!example.variables) return { query: example.query, variables: '' };
  const variables = JSON.parse(example.variables);
  const found = await Promise.all(
    Object.entries(example.find).map(async ([path, query]) => [path, firstValue(await answer(ask, query))]),
  );
  for (const [path, value] of found) {
    if (value !== undefined) setAt(variables, path.split('.'), value);
  }
  return { query: example.query, variables: JSON.stringify(variables, null, 2) };
}

async function answer(ask, query) {
  try {
    return (await ask({ query })).data;
  } catch {
    return null;
  }
}

/** The first value in depth that is neither null nor a list or an object; undefined if there is none. */
export function firstValue(data) {
  if (data === null || data === undefined) return undefined;
  if (typeof data !== 'object') return data;
  for (const value of Object.values(data)) {
    const found = firstValue(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function setAt(target, path, value) {
  const parent = path.slice(0, -1).reduce((at, step) => at[step], target);
  parent[path.at(-1)] = value;
}
