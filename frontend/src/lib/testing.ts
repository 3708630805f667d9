import { afterEach } from 'vitest';

// Node has a `localStorage` of its own in newer versions; tests must not leak through either.
afterEach(() => {
  globalThis.localStorage?.clear?.();
  globalThis.sessionStorage?.clear?.();
});
