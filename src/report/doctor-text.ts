import { defined } from '../defined.ts';
import type { Finding } from '../doctor/finding.ts';
import { codeOf } from '../messages/names.ts';
import { oneLine } from '../printable.ts';
import type { HostFindings } from '../workflows/doctor/doctor.ts';
import { redact } from './redact.ts';

/** What was mended, by host: the names of the findings. */
export type Fixed = ReadonlyMap<string, readonly string[]>;

/** What was found, host by host, for a person: cause, what was seen, what mends it; and a count. */
export function doctorText(hosts: readonly HostFindings[], fixed?: Fixed): string {
  const troubled = hosts.filter(({ findings }) => findings.length > 0);
  const well = hosts.filter(({ findings }) => findings.length === 0).map(({ name }) => name);
  const sections = troubled.map(({ name, findings }) =>
    [name, ...findings.flatMap((finding) => linesOf(finding, fixed?.get(name) ?? [])), ''].join('\n'),
  );
  const rest = well.length === 0 ? [] : [`${well.join(', ')}: nothing found\n`];
  return [...sections, ...rest, ...(troubled.length === 0 ? [] : [`${summary(troubled, fixed)}\n`])]
    .map(redact)
    .join('\n');
}

function linesOf(
  { name, severity, message, evidence, mend, fix }: Finding,
  fixed: readonly string[],
): readonly string[] {
  const how = fixed.includes(name)
    ? `mended:     ${mend}`
    : `to mend it: ${mend}${fix === undefined ? '' : '   (or kinit doctor --fix)'}`;
  return [
    `  ${severity === 'error' ? 'ERROR' : 'warning'} ${oneLine(`${name}: ${message}`)}${codeMark(name)}`,
    ...(evidence === '' ? [] : [`    seen:       ${oneLine(shortened(evidence))}`]),
    `    ${oneLine(how)}`,
  ];
}

function codeMark(name: string): string {
  const code = codeOf(name);
  return code === undefined ? '' : ` [${code}]`;
}

/** Characters of a log's line that a person reads. */
const longest = 400;

function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

function summary(hosts: readonly HostFindings[], fixed?: Fixed): string {
  const all = hosts.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const warnings = all.length - errors;
  const fixable = all.filter(({ fix }) => fix !== undefined).length;
  const counts = [count(errors, 'error'), ...(warnings === 0 ? [] : [count(warnings, 'warning')])].join(', ');
  const mended = [...(fixed?.values() ?? [])].flat().length;
  const told = mended > 0 ? `; ${mended} mended` : fixable > 0 ? `; kinit doctor --fix mends ${fixable}` : '';
  return `${counts} on ${count(hosts.length, 'host')}${told}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The same for a machine; `fixed` says what was mended, where that was asked for. */
export function doctorObject(hosts: readonly HostFindings[], fixed?: Fixed): object {
  return {
    kind: 'DoctorResult',
    apiVersion: 'kinit.dev/v1alpha1',
    hosts: hosts.map(({ name, findings }) => ({
      host: name,
      healthy: findings.every(({ severity }) => severity !== 'error'),
      findings: findings.map(({ name: finding, severity, message, evidence, mend, fix }) => ({
        finding,
        ...defined({ code: codeOf(finding) }),
        severity,
        message,
        evidence: redact(evidence),
        mend,
        fixable: fix !== undefined,
      })),
      ...defined({ fixed: fixed?.get(name) }),
    })),
  };
}
