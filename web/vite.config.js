import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { explorerFocus } from './build/explorer.js';
import { licenses } from './build/licenses.js';

const path = relative => fileURLToPath(new URL(relative, import.meta.url));

const { collect, emit } = licenses({
  root: path('.'),
  fileName: 'THIRD-PARTY-LICENSES.txt',
  fonts: path('licenses/fonts.txt'),
});

export default defineConfig({
  base: './',
  plugins: [react(), explorerFocus(), collect(), emit()],
  worker: { format: 'es', plugins: () => [collect()] },
  build: {
    chunkSizeWarningLimit: 8192, // kB; Monaco is large, and cached for good
    rolldownOptions: {
      checks: { moduleLevelDirective: false }, // GraphiQL's "use no memo": only React's compiler reads it
    },
  },
});
