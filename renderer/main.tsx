/**
 * Where the page begins. It speaks to the agent while what draws is still being read, so that the first thing drawn is what is.
 */
import { takeLinkCode } from './connection/session.ts';
import { PageStore } from './state/store.ts';

/** After that it shows that it is waiting. */
const PATIENCE_MILLISECONDS = 150;

const store = new PageStore();
void store.open(takeLinkCode());
// A new link pasted into this tab changes only the part after “#”: the page is not loaded again.
globalThis.addEventListener('hashchange', () => {
  const code = takeLinkCode();
  if (code !== null) void store.open(code);
});

// No await at the top: chunks import each other, and one that waits would wait for itself.
void Promise.all([import('./window.tsx'), store.settled(PATIENCE_MILLISECONDS)]).then(([{ show }]) =>
  show(store),
);
