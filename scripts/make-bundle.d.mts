export function makeBundle(outfile: string, external: readonly string[]): Promise<string>;
export function makeCodeCache(program: string, bundle: string, file: string): void;
