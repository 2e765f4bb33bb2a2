/**
 * Text that moves no cursor, hides nothing and writes no title: what a machine says is shown to a person, who may not
 * trust it (control characters but newline and tab, and what turns the direction of writing).
 */
export function printable(text: string): string {
  return text.replaceAll('\r', '').replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
