/** Text → syntax tree. Raw HTML is no part of the language here: it stays text. */
import { Marked, type MarkedToken, type Token, type TokensList } from 'marked';

export type { Token, Tokens } from 'marked';

const parser = new Marked({ gfm: true, breaks: true });
// A tokenizer that answers nothing leaves `<b>` to the rule for plain text.
parser.use({ tokenizer: { html: () => undefined, tag: () => undefined } });

/** Line ends as \n, also where \r\n fell apart between two chunks: a lone \r at the end counts as one. */
export function normalise(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** The blocks of `text`, which must be normalised. */
export function lex(text: string): TokensList {
  try {
    return parser.lexer(text);
  } catch {
    // Thousands of nested quotes overflow the parser's stack: such a text is shown as it is.
    const words: Token[] = [{ type: 'text', raw: text, text, escaped: false }];
    return Object.assign(words, { links: {} });
  }
}

export function hasDefinitions(tokens: TokensList): boolean {
  return Object.keys(tokens.links).length > 0;
}

/**
 * How many of the first blocks cannot change any more, however the text goes on: those
 * before a block that has a complete line.
 */
export function settledBlocks(tokens: readonly Token[]): number {
  for (let i = tokens.length - 1; i > 0; i--) {
    const token = tokens[i];
    if (token !== undefined && token.type !== 'space' && token.raw.includes('\n')) return i;
  }
  return 0;
}

/** A fenced block that is not closed yet. */
export function isOpenFence(token: Token): boolean {
  if (token.type !== 'code') return false;
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1];
  if (fence === undefined) return false;
  const lastLine = token.raw.trimEnd().split('\n').slice(1).at(-1)?.trim() ?? '';
  const mark = fence.charAt(0);
  return lastLine.length < fence.length || lastLine !== mark.repeat(lastLine.length);
}

// prettier-ignore
const KNOWN: ReadonlySet<string> = new Set<MarkedToken['type']>([
  'blockquote', 'br', 'checkbox', 'code', 'codespan', 'def', 'del', 'em', 'escape', 'heading', 'hr', 'image',
  'link', 'list', 'list_item', 'paragraph', 'space', 'strong', 'table', 'text',
]);

/** The token where it is one of those that Markdown has; null for an extension's or raw HTML. */
export function known(token: Token): MarkedToken | null {
  return isKnown(token) ? token : null;
}

function isKnown(token: Token): token is MarkedToken {
  return KNOWN.has(token.type);
}
