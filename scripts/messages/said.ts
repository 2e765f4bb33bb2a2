import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

/** A text that the source has, with names in braces for what it puts in. */
export interface Said {
  readonly file: string;
  /** What it is given to: `hint:` a property, `KinitError#0` an argument. */
  readonly place: string;
  readonly text: string;
}

type Tree = Readonly<Record<string, unknown>> & { readonly type: string };

const root = join(import.meta.dirname, '..', '..', 'src');

/** Every text of the source, line by line. */
export function saidInSource(): readonly Said[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return files.flatMap((file) => {
    const tree = parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' }) as unknown as Tree;
    return textsOf(tree, '').flatMap(({ place, text }) =>
      text.split('\n').map((line) => ({ file, place, text: apart(line.trim()) })),
    );
  });
}

/** The same names in braces stand for different texts: the second `{name}` is `{name2}`. */
function apart(text: string): string {
  const seen = new Map<string, number>();
  return text.replaceAll(/\{([a-z]\w*)\}/gi, (whole, name: string) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? whole : `{${name}${times}}`;
  });
}

function textsOf(node: unknown, place: string): readonly Omit<Said, 'file'>[] {
  if (Array.isArray(node)) return node.flatMap((each) => textsOf(each, place));
  if (!isTree(node) || /^(?:Import|ExportAll|TSLiteralType)/.test(node.type)) return [];
  // Markup: what a page says is put into it.
  if (node.type === 'TaggedTemplateExpression') return textsOf((node['quasi'] as Tree)['expressions'], place);
  const text = textOf(node);
  if (text !== undefined) {
    const inside = node.type === 'TemplateLiteral' ? textsOf(node['expressions'], `${place}>hole`) : [];
    return [{ place, text }, ...inside];
  }
  if (node.type === 'CallExpression' || node.type === 'NewExpression') {
    const name = nameOf(node['callee'] as Tree);
    const given = (node['arguments'] as readonly unknown[]).flatMap((each, at) => textsOf(each, `${name}#${at}`));
    return [...textsOf(node['callee'], place), ...given];
  }
  if (node.type === 'Property') {
    const key = node['key'] as Tree;
    return textsOf(node['value'], `${String(key['name'] ?? key['value'])}:`);
  }
  // A text with a name of its own first is given on by that name.
  if (node.type === 'VariableDeclarator' && (node['id'] as Tree).type === 'Identifier') {
    const name = nameOf(node['id'] as Tree);
    return textsOf(node['init'], /^(?:mend|hint|advice|cause|evidence|message)$/.test(name) ? `${name}:` : place);
  }
  return Object.entries(node).flatMap(([key, value]) => (key === 'type' ? [] : textsOf(value, place)));
}

function isTree(node: unknown): node is Tree {
  return typeof node === 'object' && node !== null && 'type' in node;
}

/** What a literal, a template or a sum of them says. */
function textOf(node: Tree): string | undefined {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type === 'TemplateLiteral') {
    const expressions = node['expressions'] as readonly Tree[];
    return (node['quasis'] as readonly { readonly value: { readonly cooked: string } }[])
      .map(({ value }, at) => `${value.cooked}${expressions[at] === undefined ? '' : `{${nameOf(expressions[at])}}`}`)
      .join('');
  }
  if (node.type !== 'BinaryExpression' || node['operator'] !== '+') return undefined;
  const [left, right] = [textOf(node['left'] as Tree), textOf(node['right'] as Tree)];
  return left === undefined && right === undefined ? undefined : `${left ?? '{x}'}${right ?? '{x}'}`;
}

/** What is put in, in a word. */
function nameOf(node: Tree): string {
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type === 'MemberExpression' && node['computed'] !== true) return nameOf(node['property'] as Tree);
  if (node.type === 'ChainExpression') return nameOf(node['expression'] as Tree);
  if (node.type !== 'CallExpression') return 'x';
  const [first] = node['arguments'] as readonly Tree[];
  const callee = node['callee'] as Tree;
  const isNamed = callee.type === 'Identifier' && first !== undefined && /^(?:Identifier|Member)/.test(first.type);
  return nameOf(isNamed ? first : callee);
}
