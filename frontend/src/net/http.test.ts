import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, getJson, postJson, setCsrfToken } from './http';

const Answer = v.object({ name: v.string() });

function answer(status: number, body: unknown): ReturnType<typeof vi.fn<typeof fetch>> {
  const fetching = vi.fn<typeof fetch>(() => Promise.resolve(new Response(JSON.stringify(body), { status })));
  vi.stubGlobal('fetch', fetching);
  return fetching;
}

async function refusal(asked: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await asked.catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error('It was not refused.');
  return error;
}

describe('requests', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('parse what comes, and send the CSRF token with what changes something', async () => {
    setCsrfToken('token');
    const fetching = answer(200, { name: 'Ada', extra: 1 });
    expect(await postJson('/api/x/', { a: 1 }, Answer)).toEqual({ name: 'Ada' });
    expect(fetching.mock.calls[0]?.[1]).toMatchObject({
      method: 'POST',
      headers: { 'X-CSRFToken': 'token' },
    });
  });

  it('turn a problem into its code and its sentence', async () => {
    answer(409, {
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      code: 'name_taken',
      detail: 'Ada is taken.',
      data: {},
    });
    const error = await refusal(getJson('/api/x/', Answer));
    expect([error.code, error.status, error.message]).toEqual(['name_taken', 409, 'Ada is taken.']);
  });

  it('have a sentence for an answer that is no problem document, and for none at all', async () => {
    answer(502, 'bad gateway');
    expect((await refusal(getJson('/api/x/', Answer))).code).toBe('unavailable');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    expect((await refusal(getJson('/api/x/', Answer))).code).toBe('unreachable');
  });

  it('refuse an answer that is not as agreed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    answer(200, { name: 5 });
    expect((await refusal(getJson('/api/x/', Answer))).code).toBe('unexpected');
  });
});
