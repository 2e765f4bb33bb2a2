/** A character of a terminal and how it is drawn. */
export interface Cell {
  readonly character: string;
  readonly style: Style;
}

export interface Style {
  /** 0 to 7 as ECMA-48 counts them, 8 more for bright ones. */
  readonly color?: number | undefined;
  readonly bold?: boolean;
  readonly faint?: boolean;
}

export type Row = readonly Cell[];

const esc = '\u001b';
/** What is written: a control sequence (ECMA-48, CSI), else a character. */
const sequences = new RegExp(`${esc}\\[([\\d;?]*)([A-Za-z])|.`, 'gsu');
const cutOff = new RegExp(`${esc}(?:\\[[\\d;?]*)?$`);

const blank: Cell = { character: ' ', style: {} };

/**
 * A terminal as far as kinit and what it shows use one: it knows the sequences that they write and throws at any other, so that
 * a recording never shows what a real terminal would not.
 */
export class Screen {
  #lines: Cell[][];
  #row = 0;
  #column = 0;
  #style: Style = {};
  #unfinished = '';
  readonly columns: number;
  readonly rows: number;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#lines = Array.from({ length: rows }, () => []);
  }

  /** What is seen now, from the top: every line without the blanks at its end. */
  lines(): readonly Row[] {
    return this.#lines.map((line) => line.slice(0, line.findLastIndex(({ character }) => character !== ' ') + 1));
  }

  /** What is seen now as text. */
  text(): string {
    return this.lines()
      .map((line) => line.map(({ character }) => character).join(''))
      .join('\n')
      .trimEnd();
  }

  /** A sequence may be cut anywhere, and goes on with the next text. */
  write(text: string): void {
    const written = this.#unfinished + text;
    this.#unfinished = cutOff.exec(written)?.[0] ?? '';
    const whole = written.slice(0, written.length - this.#unfinished.length);
    for (const [sequence, parameters, final] of whole.matchAll(sequences)) {
      if (final !== undefined) this.#control(final, parameters ?? '');
      else if (sequence === '\n') this.#down();
      else if (sequence === '\r') this.#column = 0;
      else if (sequence < ' ') throw new Error(`no terminal of a recording knows ${JSON.stringify(sequence)}`);
      else this.#put(sequence);
    }
  }

  #put(character: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#down();
    }
    const line = this.#line();
    while (line.length < this.#column) line.push(blank);
    line[this.#column] = { character, style: this.#style };
    this.#column += 1;
  }

  #line(): Cell[] {
    return this.#lines[this.#row] as Cell[];
  }

  #down(): void {
    this.#row += 1;
    if (this.#row < this.rows) return;
    this.#lines = [...this.#lines.slice(1), []];
    this.#row = this.rows - 1;
  }

  #control(final: string, parameters: string): void {
    const [first = 0, second = 0] = parameters.split(';').map(Number);
    const controls: Readonly<Record<string, () => void>> = {
      A: () => {
        this.#row = Math.max(0, this.#row - (first || 1));
      },
      G: () => {
        this.#column = (first || 1) - 1;
      },
      H: () => {
        [this.#row, this.#column] = [(first || 1) - 1, (second || 1) - 1];
      },
      J: () => this.#eraseBelow(first),
      K: () => {
        this.#line().splice(first === 2 ? 0 : this.#column);
      },
      m: () => {
        this.#style = parameters.split(';').map(Number).reduce(styled, this.#style);
      },
      // The cursor, shown and hidden; there is none in a recording.
      h: () => {},
      l: () => {},
    };
    const control = controls[final];
    if (control === undefined) throw new Error(`no terminal of a recording knows CSI ${parameters}${final}`);
    control();
  }

  #eraseBelow(what: number): void {
    if (what === 2) this.#lines = this.#lines.map(() => []);
    else {
      this.#line().splice(this.#column);
      this.#lines = this.#lines.map((line, row) => (row > this.#row ? [] : line));
    }
  }
}

/** SGR, as far as it changes what is drawn here. */
function styled(style: Style, code: number): Style {
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, faint: true };
  if (code === 22) return { ...style, bold: false, faint: false };
  if (code === 39) return { ...style, color: undefined };
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 90 + 8 };
  return style;
}
