/** Requests to the server's REST interface: CSRF, problem details, answers parsed at the door. */
import * as v from 'valibot';

/** A refusal or a failure: `code` for the program, `message` one sentence for people. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly data: Record<string, unknown>;

  constructor(code: string, status: number, message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.data = data;
  }
}

const Problem = v.object({
  code: v.string(),
  detail: v.string(),
  data: v.optional(v.record(v.string(), v.unknown()), {}),
});

let csrfToken = '';

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

type AnySchema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;

export async function getJson<S extends AnySchema>(path: string, schema: S): Promise<v.InferOutput<S>> {
  return request('GET', path, schema);
}

export async function postJson<S extends AnySchema>(
  path: string,
  body: object,
  schema: S,
): Promise<v.InferOutput<S>> {
  return request('POST', path, schema, body);
}

async function request<S extends AnySchema>(
  method: 'GET' | 'POST',
  path: string,
  schema: S,
  body?: object,
): Promise<v.InferOutput<S>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    headers['X-CSRFToken'] = csrfToken;
  }
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(
      'unreachable',
      0,
      'The server cannot be reached. Check your connection and try again.',
    );
  }
  const json: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response.status, json);
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  console.error('Parley: an answer was not as agreed', path, v.flatten(parsed.issues));
  throw new ApiError(
    'unexpected',
    response.status,
    'The server answered in a way this page does not know. Reload it.',
  );
}

function problemOf(status: number, json: unknown): ApiError {
  const problem = v.safeParse(Problem, json);
  if (problem.success)
    return new ApiError(problem.output.code, status, problem.output.detail, problem.output.data);
  return new ApiError('unavailable', status, 'Something went wrong on the server. Try again in a moment.');
}
