import { afterEach } from 'vitest';

// What one test keeps, the next must not find.
afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});
