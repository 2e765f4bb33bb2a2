import type { Frame, Size } from './frames.ts';
import type { Row, Style } from './screen.ts';

/** Colors of a terminal: its ground, its text, and ECMA-48's eight with their bright ones. */
export interface Palette {
  readonly ground: string;
  readonly text: string;
  readonly colors: readonly string[];
}

/** GitHub's own colors, on which README is read. */
export const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    ground: '#f6f8fa',
    text: '#1f2328',
    colors: ['#24292f', '#cf222e', '#116329', '#4d2d00', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
  },
  dark: {
    ground: '#0d1117',
    text: '#e6edf3',
    colors: ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  },
};

const [fontSize, cellWidth, lineHeight, margin] = [14, 8.4, 19, 16];
const fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/**
 * The frames as one picture that moves without a script: they stand below each other, and the picture is led from one to the
 * next. Each line is drawn once, however many frames show it. Who wants nothing to move sees the last frame.
 */
export function svg(frames: readonly Frame[], { columns, rows }: Size, palette: Palette, title: string): string {
  const [width, height] = [Math.ceil(columns * cellWidth) + 2 * margin, rows * lineHeight + 2 * margin];
  const duration = frames.reduce((sum, { seconds }) => sum + seconds, 0);
  const known = new Map<string, string>();
  const shown = frames.map(({ lines }, at) => frame(lines, at * height + margin, known));
  const moved = (at: number) => `transform:translateY(-${at * height}px)`;
  let elapsed = 0;
  const steps = frames.map(({ seconds }, at) => {
    const percent = ((elapsed / duration) * 100).toFixed(3);
    elapsed += seconds;
    return `${percent}%{${moved(at)}}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text{font:${fontSize}px ${fonts};fill:${palette.text};white-space:pre}
.b{font-weight:bold}.f{opacity:.65}
${palette.colors.map((color, at) => `.c${at}{fill:${color}}`).join('')}
.s{animation:s ${duration.toFixed(2)}s step-end infinite}
@keyframes s{${steps.join('')}100%{${moved(frames.length - 1)}}}
@media (prefers-reduced-motion:reduce){.s{animation:none;${moved(frames.length - 1)}}}
</style>
<defs>
${[...known].map(([line, id]) => `<g id="${id}">${line}</g>`).join('\n')}
</defs>
<rect width="100%" height="100%" rx="8" fill="${palette.ground}"/>
<g class="s">
${shown.join('\n')}
</g>
</svg>
`;
}

function frame(lines: readonly Row[], top: number, known: Map<string, string>): string {
  return lines
    .map((line, at) => {
      if (line.length === 0) return '';
      const drawn = runsOf(line).map(run).join('');
      const id = known.get(drawn) ?? `l${known.size}`;
      known.set(drawn, id);
      return `<use href="#${id}" y="${top + (at + 1) * lineHeight - 5}"/>`;
    })
    .join('');
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

/** Neighbours of one style together, but for blanks: each word where its column is, whatever the font's width. */
function runsOf(line: Row): readonly Run[] {
  const runs: Run[] = [];
  line.forEach(({ character, style }, column) => {
    const last = runs.at(-1);
    const isNext = last !== undefined && last.column + last.text.length === column;
    if (isNext && classOf(last.style) === classOf(style) && !(character === ' ' && last.text.endsWith(' ')))
      runs[runs.length - 1] = { ...last, text: last.text + character };
    else if (character !== ' ') runs.push({ column, text: character, style });
  });
  return runs.map((each) => ({ ...each, text: each.text.trimEnd() }));
}

function run({ column, text, style }: Run): string {
  const kind = classOf(style);
  const width = (text.length * cellWidth).toFixed(1).replace(/\.0$/, '');
  const left = (margin + column * cellWidth).toFixed(1).replace(/\.0$/, '');
  const fitted = text.length > 1 ? ` textLength="${width}"` : '';
  return `<text x="${left}"${fitted}${kind === '' ? '' : ` class="${kind}"`}>${escaped(text)}</text>`;
}

function classOf({ color, bold, faint }: Style): string {
  return [
    ...(color === undefined ? [] : [`c${color % 8}`]),
    ...(bold === true ? ['b'] : []),
    ...(faint === true ? ['f'] : []),
  ].join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
