import type { Asked } from '../https/json-answer.ts';
import { wrongAnswer } from '../https/json-answer.ts';
import { parseJson } from '../json.ts';
import { EtcdError, grpcCodes } from './error.ts';

/** Bytes of one line: etcd's pieces are of 32 KiB (snapshotSendBufferSize in server/etcdserver/api/v3rpc/maintenance.go). */
const longestLine = 16 * 1024 * 1024;

/**
 * The bytes of a snapshot, of which the gateway sends one JSON object a line: `{"result":{"remaining_bytes":"…","blob":"…"}}`.
 * The last 32 are the SHA-256 of all before, as `etcdctl snapshot save` writes them. Throws EtcdError where etcd breaks off
 * with an error, WrongAnswer for what is none of etcd's.
 */
export async function* snapshotBytes(body: AsyncIterable<Buffer>, asked: Asked): AsyncGenerator<Buffer> {
  for await (const line of lines(body, asked)) yield blobOf(line, asked);
}

async function* lines(body: AsyncIterable<Buffer>, asked: Asked): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, end));
      from = end + 1;
      const line = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      [parts, size] = [[], 0];
      if (line !== undefined && line.length > 0) yield line;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > longestLine) throw wrongAnswer(asked, `a line of more than ${longestLine / 1024 / 1024} MiB`);
  }
  if (size > 0) yield Buffer.concat(parts);
}

const newline = 0x0a;

function blobOf(line: Buffer, asked: Asked): Buffer {
  const { result, error } = fieldsOf(parsed(line));
  if (error !== undefined) {
    const { code, grpc_code: grpcCode, message } = fieldsOf(error);
    const number = [code, grpcCode].find((one) => typeof one === 'number') ?? grpcCodes.unavailable;
    const words = typeof message === 'string' ? message : String(error);
    throw new EtcdError(Number(number), `etcd at ${asked.server} broke off its snapshot: ${words}`);
  }
  const { blob } = fieldsOf(result);
  if (typeof blob !== 'string') throw wrongAnswer(asked, `${line.length} bytes that are no piece of a snapshot`);
  return Buffer.from(blob, 'base64');
}

function parsed(line: Buffer): unknown {
  try {
    return parseJson(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
