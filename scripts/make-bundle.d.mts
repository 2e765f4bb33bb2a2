export function makeBundle(folder: string, external: readonly string[]): Promise<string>;
export function makeCodeCaches(program: string, folder: string): void;
