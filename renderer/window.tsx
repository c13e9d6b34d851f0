import { MantineProvider } from '@mantine/core';
import './mantine.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './fonts.css';
import { App } from './frame/app.tsx';
import './page.css';
import { StoreContext } from './state/hooks.ts';
import type { PageStore } from './state/store.ts';
import { colourTokens, theme } from './theme.ts';

export function show(store: PageStore): void {
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
}
