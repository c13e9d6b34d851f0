import { MantineProvider } from '@mantine/core';
import '@mantine/core/styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { takeLinkCode } from './connection/session.ts';
import './page.css';
import { StoreContext } from './state/hooks.ts';
import { PageStore } from './state/store.ts';
import { colourTokens, theme } from './theme.ts';

const store = new PageStore();
void store.open(takeLinkCode());
// A new link pasted into this tab changes only the part after “#”: the page is not loaded again.
globalThis.addEventListener('hashchange', () => {
  const code = takeLinkCode();
  if (code !== null) void store.open(code);
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={colourTokens} defaultColorScheme="auto">
      <StoreContext value={store}>
        <App />
      </StoreContext>
    </MantineProvider>
  </StrictMode>,
);
