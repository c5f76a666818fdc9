import { useState } from 'react';

const prefix = 'decnet-graph:';

/** State that outlives the page, in the browser's storage; one of the allowed values. */
export function useStored(name, initial, allowed) {
  const [value, setValue] = useState(() => {
    const stored = read(name);
    return allowed.includes(stored) ? stored : initial;
  });
  const store = next => {
    setValue(next);
    try {
      localStorage.setItem(prefix + name, next);
    } catch {
      // A browser that stores nothing forgets the choice.
    }
  };
  return [value, store];
}

function read(name) {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}
