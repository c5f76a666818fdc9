import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

import { readAddress, writeAddress } from './address.js';
import { useOpen } from './useOpen.js';

const pause = 300; // milliseconds without a change after which the address follows; browsers limit how often it may

/** Keeps the open tab's query and variables in the address, and opens those of an address that is entered. */
export function Address() {
  const { query, variables } = useGraphiQL(state => {
    const tab = state.tabs[state.activeTabIndex];
    return { query: tab?.query, variables: tab?.variables };
  });
  useEffect(() => {
    const timer = setTimeout(() => {
      const address = writeAddress({ query, variables });
      if (address !== location.hash) history.replaceState(null, '', address || location.pathname + location.search);
    }, pause);
    return () => clearTimeout(timer);
  }, [query, variables]);

  const open = useOpen();
  useEffect(() => {
    const enter = () => {
      const entered = readAddress(location.hash);
      if (entered) open(entered);
    };
    addEventListener('hashchange', enter);
    return () => removeEventListener('hashchange', enter);
  });
  return null;
}
