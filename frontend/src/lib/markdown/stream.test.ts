import { beforeEach, describe, expect, it, vi } from 'vitest';
import { randomOf } from '../random.testing';
import { safeUrl } from './urls';
import { mentionPattern } from './mentions';
import { MarkdownStream, renderMarkdown } from './stream';

// Colours come later and by themselves; these tests are about the structure.
vi.mock('./highlight', () => ({ highlightLater: () => undefined }));

const OPTIONS = { mentions: null };

const PIECES = [
  'Plain words with *emphasis*, **strong** and `code`.\n\n',
  'A line\nand its follower\n',
  '# Heading\n\n',
  'Setext\n======\n\n',
  '- one\n- two\n  - nested\n\n  loose\n- three\n\n',
  '1. first\n2. second\n\n',
  '- [ ] open\n- [x] done\n\n',
  '```python\nprint("hi")\n\nfor x in y:\n    pass\n```\n\n',
  '~~~\nno language\n',
  '    indented code\n\n',
  '> quoted\n> more\n\n> again\n\n',
  '| a | b |\n| --- | :-: |\n| 1 | 2 |\n\n',
  '***\n',
  'A [link](https://example.org/x?y=1) and <https://example.org> and https://example.net/.\n\n',
  'A [reference][r] and ![picture](https://example.org/p.png).\n\n',
  '[r]: https://example.org/ref\n\n',
  'Entities &amp; &lt;b&gt; &#65; &bogus;\n',
  '<b>raw</b> and <div>\nblock</div>\n\n',
  'Windows\r\nline ends\r\n\r\n',
  '😀 émoji 中文 @Ada\n\n',
  '**unclosed and `open ',
  '\n',
];

/** What Markdown is made of, to be thrown together. */
const MARKS = [
  ...[
    '*',
    '**',
    '_',
    '~~',
    '`',
    '```',
    '~~~',
    '[',
    '](',
    ')',
    '![',
    '<',
    '>',
    '|',
    '---',
    '===',
    '#',
    '- ',
    '1. ',
  ],
  ...[
    '\n',
    '\n\n',
    '    ',
    ' ',
    'a',
    'B c',
    '\\',
    '&amp;',
    '&#x41;',
    ': ',
    '[r]',
    '[r]: /u',
    'https://a.example',
    '@Ada',
  ],
  ...['- [ ] ', '\t', '\r\n', '|-|-|', '😀', '"'],
];

function documentOf(random: () => number, parts: readonly string[]): string {
  const count = 1 + Math.floor(random() * (parts === MARKS ? 30 : 7));
  return Array.from({ length: count }, () => parts[Math.floor(random() * parts.length)] ?? '').join('');
}

function html(draw: (root: HTMLElement) => void): string {
  const root = document.createElement('div');
  draw(root);
  return root.innerHTML;
}

describe('a streamed text', () => {
  const streamed = (text: string, cuts: readonly number[]) =>
    html((root) => {
      const stream = new MarkdownStream(root, OPTIONS);
      for (const cut of cuts) stream.update(text.slice(0, cut));
      stream.finish(text);
    });
  const oneShot = (text: string) => html((root) => renderMarkdown(root, text, OPTIONS));

  it('ends as a one-shot rendering does, however it is cut', () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const random = randomOf(seed);
      const text = documentOf(random, seed % 2 === 0 ? PIECES : MARKS);
      const cuts = [];
      for (let end = 0; end < text.length;) cuts.push((end += 1 + Math.floor(random() * 20)));
      expect(streamed(text, cuts), `seed ${seed}`).toBe(oneShot(text));
    }
  });

  it('ends as a one-shot rendering does, cut once at each place', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const text = documentOf(randomOf(seed), PIECES);
      const whole = oneShot(text);
      for (let cut = 0; cut <= text.length; cut++)
        if (streamed(text, [cut]) !== whole)
          expect.fail(`seed ${seed}, cut at ${cut}: ${JSON.stringify(text)}`);
    }
  });

  it('ends as a one-shot rendering does, character by character', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const text = documentOf(randomOf(seed), MARKS);
      expect(
        streamed(
          text,
          Array.from({ length: text.length }, (_, i) => i + 1),
        ),
        `seed ${seed}`,
      ).toBe(oneShot(text));
    }
  });

  it('leaves settled blocks alone', () => {
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, OPTIONS);
    stream.update('First.\n\nSecond line\n');
    const first = root.firstElementChild;
    stream.update('First.\n\nSecond line\nand more\n\nThird');
    stream.finish('First.\n\nSecond line\nand more\n\nThird');
    expect(root.firstElementChild).toBe(first);
    expect(root.children).toHaveLength(3);
  });

  it('appends to an open code fence', () => {
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, OPTIONS);
    stream.update('```js\nlet a');
    const text = root.querySelector('code')?.firstChild;
    stream.update('```js\nlet a = 1;\nlet b');
    stream.update('```js\nlet a = 1;\nlet b;\n```\nafter');
    expect(root.querySelector('code')?.firstChild).toBe(text);
    expect(text?.textContent).toBe('let a = 1;\nlet b;');
  });

  it('goes on in the last block of a text that was finished', () => {
    for (const [before, after] of [
      ['One *two', ' three* four'],
      ['- one\n- tw', 'o\n- three'],
      ['```py\nprint', '(1)\n```'],
    ] as const) {
      const going = html((root) => {
        const stream = new MarkdownStream(root, OPTIONS);
        stream.finish(before);
        stream.update(before);
        stream.update(before + after);
        stream.finish(before + after);
      });
      expect(going).toBe(html((root) => renderMarkdown(root, before + after, OPTIONS)));
    }
  });

  it('starts anew when another writer took over', () => {
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, OPTIONS);
    stream.update('One.\n\nTwo.\n\nThree');
    stream.update('Other');
    expect(root.textContent).toBe('Other');
  });
});

describe('hostile text', () => {
  let root: HTMLElement;
  beforeEach(() => (root = document.createElement('div')));

  const ALLOWED_TAGS = new Set(
    'P A SPAN STRONG EM DEL CODE BR HR H3 H4 H5 H6 UL OL LI INPUT BLOCKQUOTE DIV PRE BUTTON TABLE THEAD TBODY TR TH TD'.split(
      ' ',
    ),
  );
  const HOSTILE = [
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](javascript&#58;alert(1))',
    '[x]( java\tscript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:msgbox(1))',
    '[x](view-source:javascript:alert(1))',
    '[x](<java\nscript:alert(1)>)',
    '[x](\u0001javascript:alert(1))',
    '[x](data:image/svg+xml,<svg/onload=alert(1)>)',
    '![x](data:image/png;base64,AAAA)',
    '<math><mtext></mtext><img src=x onerror=alert(1)></math>',
    '<details open ontoggle=alert(1)>',
    '<!--><img src=x onerror=alert(1)>-->',
    '&lt;img src=x onerror=alert(1)&gt;',
    '<a href="https://example.org" onclick="alert(1)">x</a>',
    '[x](//evil.example/x)',
    '[x](file:///etc/passwd)',
    '[x](blob:https://example.org/1)',
    '<javascript:alert(1)>',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'text <svg/onload=alert(1)> text',
    '<a href="javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '![x](https://tracker.example/pixel.png)',
    '![x](javascript:alert(1))',
    '![x" onerror="alert(1)](https://example.org/a.png)',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    '```js onload=alert(1)\ncode\n```',
    '[r]\n\n[r]: javascript:alert(1) "t"',
    '<style>*{display:none}</style>',
    '- <form action=https://evil.example><input></form>',
    '| <b onclick=x> |\n| --- |\n| <meta http-equiv=refresh> |',
  ];

  /** Each takes a hostile text into another construct of Markdown. */
  const NESTS: readonly ((text: string) => string)[] = [
    (text) => `> ${text}`,
    (text) => `- ${text}`,
    (text) => `1. ${text}\n   ${text}`,
    (text) => `- [x] ${text}`,
    (text) => `# ${text}`,
    (text) => `**${text}** *${text}*`,
    (text) => `~~${text}~~`,
    (text) => `[${text}](https://example.org)`,
    (text) => `![${text}](https://example.org/a.png "${text}")`,
    (text) => `[a](${text})`,
    (text) => `<${text}>`,
    (text) => `| a | ${text} |\n| - | - |\n| ${text} | b |`,
    (text) => `\`${text}\``,
    (text) => `\`\`\`${text}\ncode`,
    (text) => `[a]\n\n[a]: ${text} "${text}"`,
    (text) => text.replace(/[<>:&"]/g, (mark) => `&#${mark.charCodeAt(0)};`),
    (text) =>
      text.replace(/javascript|data/gi, (word) =>
        word.replace(/./g, (letter) => `&#x${letter.charCodeAt(0).toString(16)};`),
      ),
    (text) => text.replace(/script/gi, (word) => `scr\n${word.slice(3)}`),
    (text) => text.replace(/:/g, '\t:\u0000'),
    (text) => text.toUpperCase(),
    (text) => `${text}\n\n${text}`,
  ];

  const ATTRIBUTES = new Map([
    ['href', /^(https?:\/\/|mailto:)/],
    ['rel', /^noopener noreferrer nofollow$/],
    ['target', /^_blank$/],
    ['type', /^(checkbox|button)$/],
    ['data-language', /^[\w+#.-]+$/],
    ...['class', 'disabled', 'checked', 'start', 'tabindex', 'aria-label'].map((name): [string, RegExp] => [
      name,
      /^/,
    ]),
  ]);

  /** Everything in `root` that Markdown does not need. */
  function harm(): string[] {
    return [...root.querySelectorAll('*')].flatMap((node) => [
      ...(ALLOWED_TAGS.has(node.tagName) ? [] : [node.tagName]),
      ...(node.hasAttribute('href') && !node.hasAttribute('rel') ? ['a link without rel'] : []),
      ...[...node.attributes]
        .filter(({ name, value }) => ATTRIBUTES.get(name)?.test(value) !== true)
        .map(({ name, value }) => `${name}=${value}`),
    ]);
  }

  it.each(HOSTILE)('%s opens nothing', (text) => {
    const stream = new MarkdownStream(root, OPTIONS);
    for (let end = 1; end <= text.length; end++) {
      stream.update(text.slice(0, end));
      expect(harm()).toEqual([]);
    }
    stream.finish(text);
    expect(harm()).toEqual([]);
  });

  it('opens nothing either when it is nested, encoded and mixed', () => {
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = randomOf(seed);
      let text = HOSTILE[Math.floor(random() * HOSTILE.length)] ?? '';
      for (let depth = Math.floor(random() * 4); depth >= 0; depth--) {
        text = (NESTS[Math.floor(random() * NESTS.length)] ?? String)(text).slice(0, 2_000);
        if (random() < 0.2) text += HOSTILE[Math.floor(random() * HOSTILE.length)] ?? '';
      }
      const stream = new MarkdownStream(root, OPTIONS);
      stream.update(text.slice(0, Math.floor(random() * text.length)));
      const early = harm();
      stream.finish(text);
      const found = [...early, ...harm()];
      if (found.length > 0) expect.fail(`seed ${seed}: ${found.join(', ')} from ${text}`);
      stream.clear();
    }
  });

  it('is shown as it was written', () => {
    renderMarkdown(root, '<b>bold</b> &amp; <script>x</script>', OPTIONS);
    expect(root.textContent).toBe('<b>bold</b> & <script>x</script>');
  });

  it('survives deep nesting', () => {
    renderMarkdown(root, '>'.repeat(200) + ' deep', OPTIONS);
    expect(root.textContent).toContain('deep');
  });

  it('links only to absolute http, https and mailto addresses', () => {
    expect(safeUrl('https://example.org/a')).toBe('https://example.org/a');
    expect(safeUrl('mailto:a@example.org')).toBe('mailto:a@example.org');
    for (const bad of ['/relative', '#hash', 'javascript:1', 'ftp://x', ' data:x', ''])
      expect(safeUrl(bad)).toBeNull();
  });
});

describe('mentions', () => {
  it('are marked, the longest name first, and never inside code or an address', () => {
    const root = document.createElement('div');
    renderMarkdown(root, 'Hi @ada and @Ada Lovelace, a@ada.example, `@Ada`, @Adam, @all', {
      mentions: mentionPattern(['Ada', 'Ada Lovelace']),
    });
    const marked = [...root.querySelectorAll('.mention')].map((node) => node.textContent);
    expect(marked).toEqual(['@ada', '@Ada Lovelace', '@all']);
  });
});
