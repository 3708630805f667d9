import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { compressed } from './scripts/compressed.ts';

export default defineConfig({
  base: '/static/',
  plugins: [svelte(), svelteTesting(), compressed()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    manifest: true,
    // `light-dark()` and `oklch()` stay as they are: browsers since spring 2024 know them.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // The content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'src/app/main.ts' },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/lib/testing.ts'],
    // Thousands of generated texts take their time on a busy machine.
    testTimeout: 60_000,
  },
});
