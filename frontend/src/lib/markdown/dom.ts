/**
 * Syntax tree → DOM nodes. Nothing is ever parsed as HTML: each kind of token makes the
 * elements named here and no others, and an unknown kind becomes its source text.
 */
import { decodeEntities } from './entities';
import { highlightLater } from './highlight';
import { known, type Token, type Tokens } from './lex';
import { t } from '../text';
import { safeUrl } from './urls';

export interface RenderOptions {
  /** Finds "@Name" of the room's participants, with the global flag; null for none. */
  readonly mentions: RegExp | null;
}

/** A depth that no text written by a person or a model needs. */
const DEPTH_MOST = 24;

/** The element of a block; null for one that shows nothing. */
export function blockNode(token: Token, options: RenderOptions): HTMLElement | null {
  return block(token, options, 0);
}

function block(generic: Token, options: RenderOptions, depth: number): HTMLElement | null {
  const token = known(generic);
  if (token === null || depth > DEPTH_MOST) return withText('p', generic.raw);
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'hr':
      return document.createElement('hr');
    case 'heading':
      // A message is no document: its first heading is not the page's.
      return withInline(heading(token.depth), token.tokens, options, depth);
    case 'code':
      return codeBlock(token);
    case 'blockquote':
      return withBlocks('blockquote', token.tokens, options, depth);
    case 'list':
      return list(token, options, depth);
    case 'table':
      return table(token, options, depth);
    case 'paragraph':
    case 'text':
      return withInline('p', token.tokens ?? [token], options, depth);
    default:
      return withText('p', token.raw);
  }
}

function heading(depth: number): 'h3' | 'h4' | 'h5' | 'h6' {
  if (depth <= 1) return 'h3';
  if (depth === 2) return 'h4';
  return depth === 3 ? 'h5' : 'h6';
}

function codeBlock(token: Tokens.Code): HTMLElement {
  const language = /^[\w+#.-]{1,20}/.exec(token.lang ?? '')?.[0]?.toLowerCase() ?? '';
  const holder = document.createElement('div');
  holder.className = 'code-block';
  if (language !== '') holder.dataset['language'] = language;
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'code-copy';
  copy.setAttribute('aria-label', t('copy_code'));
  const pre = document.createElement('pre');
  // A long line scrolls, and what scrolls must be reachable by keyboard.
  pre.tabIndex = 0;
  const code = document.createElement('code');
  code.textContent = token.text;
  pre.append(code);
  holder.append(copy, pre);
  return holder;
}

/** Colours a code block that is complete. */
export function finishBlock(node: HTMLElement | null): void {
  if (node === null) return;
  const blocks = node.classList.contains('code-block')
    ? [node]
    : node.querySelectorAll<HTMLElement>('.code-block');
  for (const holder of blocks) {
    const code = holder.querySelector('code');
    const language = holder.dataset['language'];
    if (code !== null && language !== undefined) highlightLater(code, language);
  }
}

/** The text node of a code block's code, to append to while it grows. */
export function codeText(node: HTMLElement | null): Text | null {
  const text = node?.classList.contains('code-block') ? node.querySelector('code')?.firstChild : null;
  return text instanceof Text ? text : null;
}

function list(token: Tokens.List, options: RenderOptions, depth: number): HTMLElement {
  const node = document.createElement(token.ordered ? 'ol' : 'ul');
  if (node instanceof HTMLOListElement && typeof token.start === 'number' && token.start !== 1) {
    node.start = token.start;
  }
  for (const item of token.items) {
    const entry = document.createElement('li');
    if (item.task) entry.className = 'task';
    for (const child of item.tokens) appendItemPart(entry, child, item, options, depth);
    node.append(entry);
  }
  return node;
}

function appendItemPart(
  entry: HTMLElement,
  generic: Token,
  item: Tokens.ListItem,
  options: RenderOptions,
  depth: number,
): void {
  const token = known(generic);
  if (token?.type === 'checkbox') {
    entry.append(checkbox(token.checked));
  } else if (token?.type === 'text' && !item.loose) {
    appendInline(entry, token.tokens ?? [token], options, depth + 1);
  } else {
    const child = block(generic, options, depth + 1);
    if (child !== null) entry.append(child);
  }
}

function checkbox(isChecked: boolean): HTMLElement {
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.disabled = true;
  if (isChecked) box.setAttribute('checked', '');
  box.setAttribute('aria-label', t(isChecked ? 'task_done' : 'task_open'));
  return box;
}

function table(token: Tokens.Table, options: RenderOptions, depth: number): HTMLElement {
  const holder = document.createElement('div');
  holder.className = 'table-scroll';
  holder.tabIndex = 0;
  const node = document.createElement('table');
  const head = document.createElement('thead');
  const body = document.createElement('tbody');
  head.append(row('th', token.header, options, depth));
  for (const cells of token.rows) body.append(row('td', cells, options, depth));
  node.append(head, body);
  holder.append(node);
  return holder;
}

function row(
  tag: 'th' | 'td',
  cells: readonly Tokens.TableCell[],
  options: RenderOptions,
  depth: number,
): HTMLElement {
  const node = document.createElement('tr');
  for (const cell of cells) {
    const entry = withInline(tag, cell.tokens, options, depth);
    if (cell.align !== null) entry.className = `align-${cell.align}`;
    node.append(entry);
  }
  return node;
}

function appendInline(
  parent: HTMLElement,
  tokens: readonly Token[],
  options: RenderOptions,
  depth: number,
): void {
  for (const token of tokens) parent.append(inline(token, options, depth + 1));
}

function inline(generic: Token, options: RenderOptions, depth: number): Node {
  const token = known(generic);
  if (token === null || depth > DEPTH_MOST) return document.createTextNode(generic.raw);
  switch (token.type) {
    case 'text':
      if (token.tokens !== undefined) return withInline('span', token.tokens, options, depth);
      return textWithMentions(decodeEntities(token.text), options.mentions);
    case 'escape':
      return document.createTextNode(token.text);
    case 'strong':
      return withInline('strong', token.tokens, options, depth);
    case 'em':
      return withInline('em', token.tokens, options, depth);
    case 'del':
      return withInline('del', token.tokens, options, depth);
    case 'codespan':
      return withText('code', token.text);
    case 'br':
      return document.createElement('br');
    case 'checkbox':
      return checkbox(token.checked);
    case 'link': {
      const node = withInline(linkTag(token.href), token.tokens, options, depth);
      return asLink(node, token.href);
    }
    case 'image': {
      // Loading it would tell a stranger's server who reads this room, and when.
      const node = withText(linkTag(token.href), decodeEntities(token.text) || token.href);
      node.className = 'image-link';
      return asLink(node, token.href);
    }
    default:
      return document.createTextNode(token.raw);
  }
}

function linkTag(href: string): 'a' | 'span' {
  return safeUrl(href) === null ? 'span' : 'a';
}

function asLink(node: HTMLElement, href: string): HTMLElement {
  const url = safeUrl(href);
  if (node instanceof HTMLAnchorElement && url !== null) {
    node.href = url;
    node.target = '_blank';
    node.rel = 'noopener noreferrer nofollow';
  }
  return node;
}

function textWithMentions(text: string, mentions: RegExp | null): Node {
  if (mentions === null || !text.includes('@')) return document.createTextNode(text);
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(mentions)) {
    const mark = withText('span', match[0]);
    mark.className = 'mention';
    fragment.append(text.slice(end, match.index), mark);
    end = match.index + match[0].length;
  }
  fragment.append(text.slice(end));
  return fragment;
}

function withText(tag: 'p' | 'code' | 'span' | 'a', text: string): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

function withInline(
  tag: 'p' | 'span' | 'a' | 'strong' | 'em' | 'del' | 'th' | 'td' | 'h3' | 'h4' | 'h5' | 'h6',
  tokens: readonly Token[],
  options: RenderOptions,
  depth: number,
): HTMLElement {
  const node = document.createElement(tag);
  appendInline(node, tokens, options, depth);
  return node;
}

function withBlocks(
  tag: 'blockquote',
  tokens: readonly Token[],
  options: RenderOptions,
  depth: number,
): HTMLElement {
  const node = document.createElement(tag);
  for (const token of tokens) {
    const child = block(token, options, depth + 1);
    if (child !== null) node.append(child);
  }
  return node;
}
