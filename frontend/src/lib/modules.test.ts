import { describe, expect, it, vi } from 'vitest';
import { fetched } from './modules';

const ADDRESS = `${location.origin}/static/assets/Settings-1.js`;

function failing(address: string): () => Promise<string> {
  return () => Promise.reject(new TypeError(`Failed to fetch dynamically imported module: ${address}`));
}

describe('a module that could not be had', () => {
  it('is asked for under another address, which stays where it worked', async () => {
    const bring = vi.fn(() => Promise.resolve('settings'));
    await expect(fetched(failing(ADDRESS), bring)).rejects.toThrow('Failed to fetch');
    expect(bring).not.toHaveBeenCalled();
    await expect(fetched(failing(ADDRESS), bring)).resolves.toBe('settings');
    await expect(fetched(failing(ADDRESS), bring)).resolves.toBe('settings');
    const asked = bring.mock.calls.flat();
    expect(new Set(asked)).toEqual(new Set([expect.stringMatching(/Settings-1\.js\?again=\d+$/)]));
    expect(asked).toHaveLength(2);
  });

  it('is asked for under a third where the second failed as well', async () => {
    const asked: string[] = [];
    const bring = (address: string): Promise<string> => {
      asked.push(address);
      return asked.length === 1 ? Promise.reject(new TypeError('still away')) : Promise.resolve('polls');
    };
    const load = failing(`${location.origin}/static/assets/Polls-1.js`);
    await expect(fetched(load, bring)).rejects.toThrow('Failed to fetch');
    await expect(fetched(load, bring)).rejects.toThrow('still away');
    await expect(fetched(load, bring)).resolves.toBe('polls');
    expect(new Set(asked).size).toBe(2);
  });

  it('is only asked for again where the browser does not name it, or names somebody else’s', async () => {
    const bring = vi.fn(() => Promise.resolve('never'));
    for (const message of [
      'Importing a module script failed.',
      'x https://elsewhere.example/Settings-1.js',
    ]) {
      for (let time = 0; time < 2; time += 1) {
        await expect(fetched(() => Promise.reject(new TypeError(message)), bring)).rejects.toThrow(message);
      }
    }
    await expect(fetched(() => Promise.resolve('at once'), bring)).resolves.toBe('at once');
    expect(bring).not.toHaveBeenCalled();
  });
});
